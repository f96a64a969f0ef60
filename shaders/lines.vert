#version 330 core
// One segment becomes a quad that is half a pixel wider than the line on every side: room for the soft edge.

in vec4 in_ends;    // x0, y0, x1, y1 in pixels from the top left
in vec4 in_color;

uniform vec2 size_px;
uniform float half_width;
uniform float round_ends;

out vec2 along_across;  // pixels from the segment's start along it, and across it
flat out float segment_length;
flat out vec4 color;

void main() {
    vec2 start = in_ends.xy;
    vec2 direction = in_ends.zw - start;
    segment_length = length(direction);
    direction = segment_length > 1e-6 ? direction / segment_length : vec2(1.0, 0.0);
    vec2 normal = vec2(-direction.y, direction.x);

    float reach = half_width + 1.0;
    float beyond = mix(0.5, reach, round_ends);
    float side = (gl_VertexID & 1) == 0 ? -reach : reach;
    float at = (gl_VertexID & 2) == 0 ? -beyond : segment_length + beyond;

    along_across = vec2(at, side);
    color = in_color;
    vec2 position = start + at * direction + side * normal;
    gl_Position = vec4(2.0 * position.x / size_px.x - 1.0, 1.0 - 2.0 * position.y / size_px.y, 0.0, 1.0);
}

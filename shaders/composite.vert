#version 330 core

uniform vec4 rect;    // where to: x, y, width, height in pixels from the top left
uniform vec4 source;  // where from: x, y, width, height, 0..1 from the bottom left
uniform vec2 size_px;

uniform vec4 view;

out vec2 at;
out vec2 from_middle;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 position = rect.xy + corner * rect.zw;
    from_middle = position - view.xy - 0.5 * view.zw;
    at = source.xy + vec2(corner.x, 1.0 - corner.y) * source.zw;
    gl_Position = vec4(2.0 * position.x / size_px.x - 1.0, 1.0 - 2.0 * position.y / size_px.y, 0.0, 1.0);
}

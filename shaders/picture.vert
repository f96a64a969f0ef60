#version 330 core

uniform vec4 rect;  // x, y, width, height in pixels from the top left
uniform vec2 size_px;
uniform mat2 at_from_window;
uniform vec2 at_offset;

out vec2 at;        // 0..1 within the picture, y down; beyond it outside
out vec2 inside_px; // pixels from the rectangle's centre

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 position = rect.xy + corner * rect.zw;
    inside_px = (corner - 0.5) * rect.zw;
    at = at_from_window * position + at_offset;
    gl_Position = vec4(2.0 * position.x / size_px.x - 1.0, 1.0 - 2.0 * position.y / size_px.y, 0.0, 1.0);
}

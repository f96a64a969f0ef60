#version 330 core

in vec2 in_position;  // pixels from the top left
in vec2 in_at;
in vec4 in_color;

uniform vec2 size_px;

out vec2 at;
out vec4 color;

void main() {
    at = in_at;
    color = in_color;
    gl_Position = vec4(2.0 * in_position.x / size_px.x - 1.0, 1.0 - 2.0 * in_position.y / size_px.y, 0.0, 1.0);
}

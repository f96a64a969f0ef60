#version 330 core

in vec3 in_position;
in float in_depth;  // 0 at the lips, 1 deep inside

uniform mat4 projection;
uniform mat4 view;

out float depth;

void main() {
    depth = in_depth;
    gl_Position = projection * view * vec4(in_position, 1.0);
}

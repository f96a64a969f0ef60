#version 330 core

in vec3 in_position;  // face coordinates: x to the subject's left, y up, z forward
in vec3 in_normal;
in float in_value;    // 0..1 of the colour scale
in vec3 in_inside;    // 0 on an edge of the landmarks' mesh
in float in_cavity;

uniform mat4 projection;
uniform mat4 view;    // includes the mirror, where there is one

out vec3 normal;
out vec3 inside;
out float value;
out float cavity;

void main() {
    normal = mat3(view) * in_normal;
    inside = in_inside;
    value = in_value;
    cavity = in_cavity;
    gl_Position = projection * view * vec4(in_position, 1.0);
}

#version 330 core

in vec3 in_position;
in vec2 in_place;  // from the iris's centre, in iris radii

uniform mat4 projection;
uniform mat4 view;

out vec2 place;

void main() {
    place = in_place;
    gl_Position = projection * view * vec4(in_position, 1.0);
}

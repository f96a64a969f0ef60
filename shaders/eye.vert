#version 330 core

in vec3 in_position;
in vec2 in_place;  // from the iris's centre, in iris radii
in float in_rim;   // 0 in the middle of the eye .. 1 in the shadow of the lids

uniform mat4 projection;
uniform mat4 view;

out vec2 place;
out float rim;

void main() {
    place = in_place;
    rim = in_rim;
    gl_Position = projection * view * vec4(in_position, 1.0);
}

#version 330 core

in vec3 in_position;
in vec3 in_normal;
in float in_value;

uniform mat4 projection;
uniform mat4 view;
uniform float size_px;

out float value;
out float turned;  // towards the eye: 1; away: 0

const float TOWARDS_EYE = 0.004;

void main() {
    value = in_value;
    turned = smoothstep(-0.1, 0.15, (mat3(view) * in_normal).z);
    gl_PointSize = size_px;
    gl_Position = projection * view * vec4(in_position, 1.0);
    gl_Position.z -= TOWARDS_EYE * gl_Position.w;
}

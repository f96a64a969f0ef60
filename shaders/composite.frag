#version 330 core

in vec2 at;

uniform sampler2D drawn;  // premultiplied by its coverage
uniform float strength;

out vec4 fragment;

void main() {
    fragment = texture(drawn, at) * strength;
}

#version 330 core

in vec2 at;
in vec4 colour;

uniform sampler2D atlas;

out vec4 fragment;

void main() {
    fragment = colour * texture(atlas, at);
}

#version 330 core

in vec2 at;
in vec4 color;

uniform sampler2D atlas;

out vec4 fragment;

void main() {
    fragment = color * texture(atlas, at);
}

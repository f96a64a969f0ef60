#version 330 core

in vec2 at;
in vec2 from_middle;  // pixels from the middle of the view

uniform sampler2D drawn;  // premultiplied by its coverage
uniform float strength;
uniform vec4 view;  // x, y, width, height in pixels from the top left
uniform float fade;  // pixels over which the view's edge fades, so that no face is cut along a line; 0: none

out vec4 fragment;

void main() {
    vec2 edge = 0.5 * view.zw - abs(from_middle);
    vec2 near = fade > 0.0 ? smoothstep(0.0, fade, edge) : vec2(1.0);
    fragment = texture(drawn, at) * (strength * near.x * near.y);
}

#version 330 core

in float value;
in float turned;

uniform sampler2D colors;
uniform float map;       // the row of the colour map
uniform bool colored;
uniform vec3 skin;       // linear
uniform float size_px;

out vec4 fragment;

const float LIFT = 0.035;  // as of thin lines

void main() {
    float from = size_px * length(gl_PointCoord - 0.5);
    float cover = clamp(0.5 * size_px - from, 0.0, 1.0) * turned;
    vec3 base = texture(colors, vec2(value, map)).rgb;
    vec3 color = colored ? base * base : skin;
    fragment = vec4(sqrt(color + LIFT) * cover, cover);
}

#version 330 core

in vec2 at;
in vec2 inside_px;

uniform sampler2D picture;
uniform vec4 rect;
uniform vec2 spread;  // distance of the four samples from the centre, in texture coordinates
uniform float light;
uniform float corner;

out vec4 fragment;

void main() {
    vec3 color;
    if (spread.x > 0.0 || spread.y > 0.0) {
        color = 0.25 * (texture(picture, at + spread).rgb + texture(picture, at - spread).rgb
            + texture(picture, at + spread * vec2(1.0, -1.0)).rgb + texture(picture, at + spread * vec2(-1.0, 1.0)).rgb);
    } else {
        color = texture(picture, at).rgb;
    }
    vec2 over = abs(inside_px) - 0.5 * rect.zw + corner;
    float edge = length(max(over, 0.0)) - corner;
    fragment = vec4(color * light, clamp(0.5 - edge, 0.0, 1.0));
}

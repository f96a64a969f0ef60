#version 330 core

in vec2 at;
in vec2 inside_px;

uniform sampler2D picture;
uniform vec4 rect;
uniform vec2 spread;  // distance of the four samples from the centre, in texture coordinates
uniform float light;
uniform float corner;
uniform vec2 fading;  // size of the picture in lengths of its fading edge; 0: it ends sharply

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
    vec2 to_edge = min(at, 1.0 - at);
    float shown = min(to_edge.x, to_edge.y) < 0.0 ? 0.0 : 1.0;
    if (fading.x > 0.0) {
        vec2 near = smoothstep(0.0, 1.0, to_edge * fading);
        shown = near.x * near.y;
    }
    fragment = vec4(color * light, shown * clamp(0.5 - edge, 0.0, 1.0));
}

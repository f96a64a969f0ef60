#version 330 core
// The ground, cards with a hair-thin edge, and a soft light behind those with a face.

uniform vec2 size_px;
uniform float unit;  // pixels in one design unit
uniform vec3 ground_top;
uniform vec3 ground_bottom;
uniform vec3 card;
uniform vec3 card_lit;
uniform vec3 card_edge;
uniform float depth;  // how much darker a card grows downwards
uniform float grained;  // 0: an even ground stays even
uniform float shadow;  // 0..1, right beside a card
uniform int count;
uniform vec4 cards[16];  // x, y, width, height from the top left
uniform float lit[16];

out vec4 fragment;

float outside(vec2 at, vec4 box, float corner) {
    vec2 over = abs(at - box.xy - 0.5 * box.zw) - 0.5 * box.zw + corner;
    return length(max(over, 0.0)) + min(max(over.x, over.y), 0.0) - corner;
}

// Less than one step of 8 bits, so that a dark gradient shows no bands.
float grain(vec2 at) {
    return (fract(52.9829189 * fract(dot(at, vec2(0.06711056, 0.00583715)))) - 0.5) / 255.0;
}

void main() {
    vec2 at = vec2(gl_FragCoord.x, size_px.y - gl_FragCoord.y);
    vec3 color = mix(ground_top, ground_bottom, at.y / size_px.y);
    for (int i = 0; i < count; i++) {
        float edge = outside(at, cards[i], 9.0 * unit);
        float shade = shadow * exp(-max(edge, 0.0) / (5.0 * unit));
        color *= 1.0 - (edge > 0.0 ? shade : 0.0);
        vec2 from = (at - cards[i].xy - cards[i].zw * vec2(0.5, 0.46)) / (0.62 * min(cards[i].z, cards[i].w));
        float glow = lit[i] * exp(-1.6 * dot(from, from));
        float fall = (at.y - cards[i].y) / cards[i].w;
        vec3 inner = mix(card * (1.0 + depth * (0.06 - 0.12 * fall)), card_lit, glow);
        float line = clamp(1.0 - abs(edge + 0.5 * unit) / unit, 0.0, 1.0);
        inner = mix(inner, card_edge, line * (0.75 - 0.35 * clamp(fall, 0.0, 1.0)));
        color = mix(color, inner, clamp(0.5 - edge, 0.0, 1.0));
    }
    fragment = vec4(color + grained * grain(gl_FragCoord.xy), 1.0);
}

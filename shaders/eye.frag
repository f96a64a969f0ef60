#version 330 core

in vec2 place;
in float rim;  // 0 in the middle of the eye .. 1 in the shadow of the lids

uniform vec3 sclera;  // sRGB
uniform vec3 iris;
uniform float lively;  // brightness of the whole eye
uniform bool bare;     // the iris alone
uniform float mirror;  // -1 if mirrored: the glint stays on the side of the light

out vec4 fragment;

void main() {
    float from = length(place);
    float soft = fwidth(from);
    vec3 white = sclera * (1.0 - 0.10 * from * from * 0.5) * (0.80 - 0.20 * clamp(place.y, -1.0, 1.0));
    float ring = smoothstep(0.35, 1.0, from);
    vec3 colored = iris * mix(1.18, 0.42, ring * ring) * (0.9 - 0.22 * place.y);
    vec3 color = mix(colored, white, smoothstep(1.0 - soft, 1.0 + soft, from));
    color = mix(vec3(0.012, 0.016, 0.022), color, smoothstep(0.42 - soft, 0.42 + soft, from));
    vec2 glint = place * vec2(mirror, 1.0) - vec2(-0.32, 0.36);
    color = mix(vec3(0.92, 0.96, 1.0), color, smoothstep(0.13 - soft, 0.13 + soft, length(glint)));
    float shade = rim * rim;
    color *= 1.0 - 0.45 * shade * shade;  // the lids' shadow
    float cover = bare ? 1.0 - smoothstep(1.0 - soft, 1.0 + soft, from) : 1.0;
    fragment = vec4(color * lively * cover, cover);
}

#version 330 core

in vec2 along_across;
flat in float segment_length;
flat in vec4 color;

uniform float half_width;
uniform float round_ends;

out vec4 fragment;

void main() {
    float beyond = max(-along_across.x, along_across.x - segment_length);
    float distance_px = length(vec2(max(beyond, 0.0) * round_ends, along_across.y));
    float cover = clamp(half_width + 0.5 - distance_px, 0.0, 1.0) * min(1.0, 2.0 * half_width);
    cover *= mix(clamp(0.5 - beyond, 0.0, 1.0), 1.0, round_ends);
    fragment = vec4(color.rgb, color.a * cover);
}

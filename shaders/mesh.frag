#version 330 core
// A key light from above, a cool fill from the other side, a rim: enough for form, little enough to read colours by.
// The eye is far away, so that it counts as straight ahead for the lights.

in vec3 normal;
in vec3 inside;  // of an outline: -1..1 across it
in float value;
in float cavity;

uniform sampler2D colours;
uniform bool coloured;   // by value; else skin
uniform bool outline;
uniform vec3 skin;       // linear
uniform vec3 line;       // linear
uniform float line_px;
uniform float line_alpha;

out vec4 fragment;

const vec3 KEY = vec3(-0.46, 0.56, 0.69);
const vec3 HALFWAY = vec3(-0.2502, 0.3046, 0.9190);  // between KEY and the eye
const vec3 FILL = vec3(0.78, 0.10, 0.62);

void main() {
    if (!gl_FrontFacing && !outline) {
        fragment = vec4(0.06, 0.07, 0.09, 1.0);
        return;
    }
    vec3 n = normalize(normal);
    float key = max(0.0, (dot(n, KEY) + 0.22) / 1.22);
    float fill = max(0.0, dot(n, FILL));
    float above = 0.5 + 0.5 * n.y;
    float away = 1.0 - clamp(n.z, 0.0, 1.0);
    float rim = away * away * away;
    float shine = max(0.0, dot(n, HALFWAY));
    shine *= shine;
    shine *= shine;
    shine *= shine;
    shine *= shine * shine;  // to the 24th
    float open = 1.0 - 0.5 * cavity;

    vec3 colour;
    if (coloured) {
        // The scale has to stay legible: less contrast, and no warm light where colours carry numbers.
        vec3 base = texture(colours, vec2(value, 0.5)).rgb;
        vec3 light = vec3(0.82) * (key * key) + vec3(0.10, 0.15, 0.21) * fill + 0.24 * (0.65 + 0.35 * above);
        colour = base * base * light * open + 0.045 * shine * open + vec3(0.07, 0.075, 0.10) * rim * (0.4 + 0.6 * above);
    } else {
        vec3 light = vec3(1.06, 0.97, 0.88) * (key * key) + vec3(0.10, 0.15, 0.21) * fill
            + vec3(0.06, 0.075, 0.10) * (0.65 + 0.35 * above);
        colour = skin * light * open + 0.10 * shine * open + vec3(0.05, 0.08, 0.11) * rim * (0.4 + 0.6 * above);
    }
    float cover = 1.0;
    if (outline) {
        cover = 1.0 - abs(inside.x);
    } else {
        vec3 from = inside / fwidth(inside);  // pixels from the three edges
        float edge = clamp(line_px + 0.5 - min(from.x, min(from.y, from.z)), 0.0, 1.0);
        colour = mix(colour, line, edge * line_alpha);
    }
    fragment = vec4(sqrt(colour) * cover, cover);
}

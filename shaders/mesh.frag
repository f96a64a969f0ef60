#version 330 core
// A key light from above, a cool fill from the other side, a rim: enough for form, little enough to read colours by.
// The eye is far away, so that it counts as straight ahead for the lights.
// VEIL: what can be seen through, or has no light of its own; apart, since software GL pays for every branch.

in vec3 normal;
in vec3 inside;  // of an outline: -1..1 across it
in float value;
in float cavity;

uniform sampler2D colors;
uniform float map;       // the row of the colour map
uniform bool colored;   // by value; else skin
uniform bool outline;
uniform vec3 skin;       // linear
uniform vec3 line;       // linear
uniform float line_px;
uniform float line_alpha;
#ifdef VEIL
uniform bool lit;        // else the plain colours, for a picture that has its own light
uniform bool own_line;   // the edges in the surface's own colour
uniform float fill;      // opacity between the edges
const vec4 BACK = vec4(0.0);
#else
const bool lit = true;
const bool own_line = false;
const float fill = 1.0;
const vec4 BACK = vec4(0.06, 0.07, 0.09, 1.0);  // of the mask, where one looks into it
#endif

out vec4 fragment;

const float DENSE = 16.0;  // pixels: the height of a triangle below which its lines grow fainter
const float LIFT = 0.035;  // of thin lines: the darkest colours of a map would be lost on a dark ground
const vec3 KEY = vec3(-0.46, 0.56, 0.69);
const vec3 HALFWAY = vec3(-0.2502, 0.3046, 0.9190);  // between KEY and the eye
const vec3 FILL = vec3(0.78, 0.10, 0.62);

void main() {
    if (!gl_FrontFacing && !outline) {
        fragment = BACK;
        return;
    }
    vec3 n = normalize(normal);
    float key = max(0.0, (dot(n, KEY) + 0.22) / 1.22);
    float beside = max(0.0, dot(n, FILL));
    float above = 0.5 + 0.5 * n.y;
    float away = 1.0 - clamp(n.z, 0.0, 1.0);
    float rim = away * away * away;
    float shine = max(0.0, dot(n, HALFWAY));
    shine *= shine;
    shine *= shine;
    shine *= shine;
    shine *= shine * shine;  // to the 24th
    float open = 1.0 - 0.5 * cavity;

    vec3 base, color;
    if (colored) {
        // The scale has to stay legible: less contrast, and no warm light where colours carry numbers.
        base = texture(colors, vec2(value, map)).rgb;
        base *= base;
        vec3 light = vec3(0.82) * (key * key) + vec3(0.10, 0.15, 0.21) * beside + 0.24 * (0.65 + 0.35 * above);
        color = base * light * open + 0.045 * shine * open + vec3(0.07, 0.075, 0.10) * rim * (0.4 + 0.6 * above);
    } else {
        base = skin;
        vec3 light = vec3(1.06, 0.97, 0.88) * (key * key) + vec3(0.10, 0.15, 0.21) * beside
            + vec3(0.06, 0.075, 0.10) * (0.65 + 0.35 * above);
        color = base * light * open + 0.10 * shine * open + vec3(0.05, 0.08, 0.11) * rim * (0.4 + 0.6 * above);
    }
    if (!lit) {
        color = base;
    }
    vec3 drawn_line = own_line ? base + LIFT : line;
    float cover = fill;
    if (outline) {
        float across = 1.0 - abs(inside.x);
        if (fill < 1.0) {
            color = drawn_line;
            cover = line_alpha;
        }
        cover *= across;
    } else {
        vec3 height = 1.0 / fwidth(inside);  // pixels from each edge to the corner opposite
        vec3 from = inside * height;
        float edge = line_alpha * clamp(line_px + 0.5 - min(from.x, min(from.y, from.z)), 0.0, 1.0);
        // Where the mesh is dense, lines of full strength would add up to a veil over lids, lips and nose.
        edge *= own_line ? 1.0 : clamp(min(height.x, min(height.y, height.z)) / DENSE, 0.2, 1.0);
        cover = mix(fill, 1.0, edge);
        color = mix(color, drawn_line, edge / max(cover, 1e-4));
    }
    fragment = vec4(sqrt(color) * cover, cover);
}

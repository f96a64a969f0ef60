#version 330 core
// A key light from above, a cool fill from the other side, a rim: enough for form, little enough to read colours by.

in vec3 position;
in vec3 normal;
in vec3 inside;
in float value;
in float cavity;

uniform sampler2D colours;
uniform float coloured;  // 1: by value; 0: skin
uniform vec3 skin;       // linear
uniform vec3 line;       // linear
uniform float line_px;
uniform float line_alpha;

out vec4 fragment;

void main() {
    vec3 to_eye = normalize(-position);
    vec3 n = normalize(normal);
    if (!gl_FrontFacing) {
        fragment = vec4(0.018, 0.022, 0.03, 1.0);
        return;
    }
    vec3 scale_colour = texture(colours, vec2(value, 0.5)).rgb;
    vec3 base = mix(skin, scale_colour * scale_colour, coloured);

    const vec3 key = vec3(-0.46, 0.56, 0.69);
    const vec3 fill = vec3(0.78, 0.10, 0.62);
    float lit = max(0.0, (dot(n, key) + 0.22) / 1.22);
    float cool = max(0.0, dot(n, fill));
    float above = 0.5 + 0.5 * n.y;
    float facing = max(0.0, dot(n, to_eye));
    float rim = pow(1.0 - facing, 3.0);
    float shine = pow(max(0.0, dot(n, normalize(key + to_eye))), 26.0);
    float open = 1.0 - 0.5 * cavity;

    // The scale has to stay legible: less contrast and no warm light where colours carry numbers.
    vec3 key_colour = mix(vec3(1.06, 0.97, 0.88), vec3(0.82), coloured);
    vec3 ambient = mix(vec3(0.06, 0.075, 0.10), vec3(0.24), coloured) * (0.65 + 0.35 * above);
    vec3 light = (key_colour * lit * lit + vec3(0.10, 0.15, 0.21) * cool + ambient) * open;
    vec3 colour = base * light;
    colour += shine * mix(0.10, 0.045, coloured) * open;
    colour += rim * mix(vec3(0.05, 0.08, 0.11), vec3(0.07, 0.075, 0.10), coloured) * (0.4 + 0.6 * above);

    vec3 width = fwidth(inside);
    vec3 near = smoothstep(width * (line_px - 0.6), width * (line_px + 0.6), inside);
    float edge = 1.0 - min(near.x, min(near.y, near.z));
    colour = mix(colour, line, edge * line_alpha);
    fragment = vec4(sqrt(colour), 1.0);
}

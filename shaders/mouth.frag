#version 330 core
// Light falls a little way behind the lips, and no further.

in float depth;

out vec4 fragment;

const vec3 NEAR = vec3(0.19, 0.085, 0.085);
const vec3 DEEP = vec3(0.045, 0.022, 0.028);

void main() {
    fragment = vec4(mix(NEAR, DEEP, smoothstep(0.0, 0.5, depth)), 1.0);
}

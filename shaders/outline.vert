#version 330 core
// An edge of the silhouette becomes a soft line in the colour of the surface. Its inner half lies on the surface and
// is not seen; its outer half is what takes the steps off the silhouette.

in vec3 in_position;
in vec3 in_normal;
in float in_value;
in vec3 in_other;  // the edge's other end

uniform mat4 projection;
uniform mat4 view;
uniform vec2 view_px;

out vec3 normal;
out vec3 inside;
out float value;
out float cavity;

const float REACH = 1.1;  // pixels
const float TOWARDS_EYE = 0.0015;

void main() {
    vec4 here = projection * view * vec4(in_position, 1.0);
    vec4 there = projection * view * vec4(in_other, 1.0);
    vec2 along = (there.xy / there.w - here.xy / here.w) * view_px;
    float size = length(along);
    vec2 across = size > 1e-5 ? vec2(-along.y, along.x) / size : vec2(0.0, 1.0);
    // Vertices 0 and 1 stand at one end, 2 and 3 at the other, from where "along" points back.
    float side = (gl_VertexID & 1) == 0 ? 1.0 : -1.0;
    across *= (gl_VertexID & 2) == 0 ? side : -side;

    normal = mat3(view) * in_normal;
    inside = vec3(side);
    value = in_value;
    cavity = 0.0;
    gl_Position = here;
    gl_Position.xy += REACH * across * 2.0 / view_px * here.w;
    gl_Position.z -= TOWARDS_EYE * here.w;
}

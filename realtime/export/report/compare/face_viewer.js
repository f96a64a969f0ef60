// The faces of a comparison: three canvases of WebGL 2 that share one camera.
(() => {
  "use strict";
  const root = document.getElementById("viewer");
  const source = document.getElementById("faces");
  if (!root || !source) return;
  const data = JSON.parse(source.textContent);
  const all = (selector, within = root) => [...within.querySelectorAll(selector)];
  const one = (selector) => root.querySelector(selector);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const VERTICES = 478;
  const BLINK_MS = 600;
  const TITLE_PX = 46;
  const [SHAPE, COLORED, FLAT] = [0, 1, 2]; // kinds of surface in the shader

  // What is shown.
  const HOME = { yaw: 0, pitch: 0 };
  const state = { frame: data.first, setup: 0, predicted: false, all: false, blink: false, ...HOME };

  // ---- data: int16 in hundredths of a percent of the outer-canthal distance, little-endian
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const int16 = (text) => new Int16Array(bytes(text).buffer);
  const kept = new Map();
  const floats = (text) => {
    if (!kept.has(text)) kept.set(text, Float32Array.from(int16(text), (value) => value * data.step));
    return kept.get(text);
  };
  const triangles = new Uint16Array(bytes(data.triangles).buffer);
  const contour = new Uint16Array(bytes(data.contour).buffer);

  const normalsOf = (mesh) => {
    const out = new Float32Array(mesh.length);
    for (let at = 0; at < triangles.length; at += 3) {
      const [a, b, c] = [triangles[at] * 3, triangles[at + 1] * 3, triangles[at + 2] * 3];
      const ux = mesh[b] - mesh[a], uy = mesh[b + 1] - mesh[a + 1], uz = mesh[b + 2] - mesh[a + 2];
      const vx = mesh[c] - mesh[a], vy = mesh[c + 1] - mesh[a + 1], vz = mesh[c + 2] - mesh[a + 2];
      const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
      for (const corner of [a, b, c]) { out[corner] += nx; out[corner + 1] += ny; out[corner + 2] += nz; }
    }
    for (let at = 0; at < out.length; at += 3) {
      const length = Math.hypot(out[at], out[at + 1], out[at + 2]) || 1;
      for (let axis = 0; axis < 3; axis += 1) out[at + axis] /= length;
    }
    return out;
  };
  const errorsOf = (observed, predicted) => {
    const normals = normalsOf(predicted);
    const distance = new Float32Array(VERTICES), signed = new Float32Array(VERTICES);
    for (let at = 0; at < VERTICES; at += 1) {
      let square = 0, along = 0;
      for (let axis = 0; axis < 3; axis += 1) {
        const d = observed[at * 3 + axis] - predicted[at * 3 + axis];
        square += d * d;
        along += d * normals[at * 3 + axis];
      }
      distance[at] = Math.sqrt(square);
      signed[at] = along;
    }
    return { distance, signed };
  };
  const NONE = new Float32Array(VERTICES);
  const content = () => {
    if (state.all) {
      const mean = data.means[state.setup];
      const mesh = floats(mean.mesh);
      return { shape: mesh, ground: mesh, distance: floats(mean.distance), signed: floats(mean.signed) };
    }
    const frame = data.frames[state.frame];
    const observed = floats(frame.observed[state.setup]);
    const predicted = floats(frame.predicted[state.setup]);
    return { shape: state.predicted ? predicted : observed, ground: observed, ...errorsOf(observed, predicted) };
  };

  // ---- drawing
  const SURFACE_VERTEX = `#version 300 es
    in vec3 position; in vec3 normal; in float value;
    uniform mat3 turn; uniform vec3 middle; uniform vec2 scale, center; uniform float lower;
    out vec3 facing; out float shade;
    void main() {
      vec3 at = turn * (position - middle);
      facing = turn * normal;
      shade = value;
      float away = 1.0 - at.z * 0.0009;
      gl_Position = vec4((at.xy - center) * scale - vec2(0.0, lower * away), -at.z * 0.002, away);
    }`;
  const SURFACE_FRAGMENT = `#version 300 es
    precision highp float;
    in vec3 facing; in float shade;
    uniform int kind; uniform vec3 low, mid, high, flatColor;
    out vec4 color;
    void main() {
      vec3 n = normalize(facing) * (gl_FrontFacing ? 1.0 : -1.0);
      if (kind == 2) { color = vec4(flatColor, 1.0); return; }
      if (kind == 1) {
        float s = clamp(shade, 0.0, 1.0) * 2.0;
        vec3 base = s < 1.0 ? mix(low, mid, s) : mix(mid, high, s - 1.0);
        color = vec4(base * (0.88 + 0.12 * clamp(n.z, 0.0, 1.0)), 1.0);
        return;
      }
      float key = max(dot(n, normalize(vec3(-0.5, 0.62, 0.72))), 0.0);
      float fill = max(dot(n, normalize(vec3(0.8, 0.05, 0.5))), 0.0);
      float rim = pow(1.0 - clamp(n.z, 0.0, 1.0), 3.0);
      float sky = 0.5 + 0.5 * n.y;
      float gloss = pow(max(dot(n, normalize(vec3(-0.27, 0.34, 0.9))), 0.0), 26.0);
      vec3 lit = flatColor * (0.30 + 0.16 * sky + 0.60 * key + 0.14 * fill) + vec3(0.08) * gloss + vec3(0.08) * rim * sky;
      color = vec4(lit, 1.0);
    }`;
  const LINE_VERTEX = `#version 300 es
    in vec3 position; in vec3 other; in float side;
    uniform mat3 turn; uniform vec3 middle; uniform vec2 scale, center, pixel; uniform float lower;
    vec4 placed(vec3 point) {
      vec3 at = turn * (point - middle);
      float away = 1.0 - at.z * 0.0009;
      return vec4((at.xy - center) * scale - vec2(0.0, lower * away), -(at.z + 1.6) * 0.002, away);
    }
    void main() {
      vec4 a = placed(position), b = placed(other);
      vec2 along = (b.xy / b.w - a.xy / a.w) / pixel;
      vec2 across = vec2(-along.y, along.x) / max(length(along), 1e-6);
      gl_Position = a + vec4(across * side * pixel * a.w, 0.0, 0.0);
    }`;
  const LINE_FRAGMENT = `#version 300 es
    precision highp float; uniform vec4 ink; out vec4 color;
    void main() { color = vec4(ink.rgb * ink.a, ink.a); }`;

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const point = (mesh, at) => [mesh[at * 3], mesh[at * 3 + 1], mesh[at * 3 + 2]];
  const LAYOUT = [["position", 3], ["normal", 3], ["value", 1]];
  const flatten = (mesh, normals, values, corners) => {
    const out = new Float32Array(corners.length * 7);
    corners.forEach((corner, at) => {
      for (let axis = 0; axis < 3; axis += 1) {
        out[at * 7 + axis] = mesh[corner * 3 + axis];
        out[at * 7 + 3 + axis] = normals[corner * 3 + axis];
      }
      out[at * 7 + 6] = values[corner];
    });
    return out;
  };
  const fanOf = (ring) => {
    const middle = [0, 1, 2].map((axis) => ring.reduce((sum, p) => sum + p[axis], 0) / ring.length);
    const out = [];
    ring.forEach((p, at) => {
      for (const q of [middle, p, ring[(at + 1) % ring.length]]) out.push(...q, 0, 0, 1, 0);
    });
    return new Float32Array(out);
  };
  // A disc about an iris: its points on the rim are two diameters.
  const disc = (mesh, iris) => {
    const [c, ...rim] = iris.map((at) => point(mesh, at));
    const half = (a, b) => [0, 1, 2].map((axis) => (rim[a][axis] - rim[b][axis]) / 2);
    const [u, v] = [half(0, 2), half(1, 3)];
    return Array.from({ length: 28 }, (_, at) => {
      const turn = at / 28 * 2 * Math.PI;
      return c.map((value, axis) => value + Math.cos(turn) * u[axis] + Math.sin(turn) * v[axis]);
    });
  };
  const strokesOf = (mesh, half) => {
    const out = [];
    for (let at = 0; at < contour.length; at += 2) {
      const [a, b] = [point(mesh, contour[at]), point(mesh, contour[at + 1])];
      for (const [from, to, side] of [[a, b, half], [a, b, -half], [b, a, half], [a, b, half], [b, a, half], [b, a, -half]]) {
        out.push(...from, ...to, side);
      }
    }
    return new Float32Array(out);
  };
  // The camera looks at one face whatever is shown, so that nothing jumps: where that one ends, turned as it is.
  const REFERENCE = floats(data.frames[data.first].observed[0]);
  const turned = (turn, mesh, at) => [0, 1].map((row) => [0, 1, 2].reduce(
    (sum, axis) => sum + turn[axis * 3 + row] * (mesh[at * 3 + axis] - data.middle[axis]), 0));
  const middleOf = (turn) => {
    const ends = [[Infinity, -Infinity], [Infinity, -Infinity]];
    for (let at = 0; at < VERTICES - 10; at += 1) {
      turned(turn, REFERENCE, at).forEach((value, row) => {
        ends[row] = [Math.min(ends[row][0], value), Math.max(ends[row][1], value)];
      });
    }
    return ends.map(([low, high]) => (low + high) / 2);
  };
  const turnOf = () => {
    const [cy, sy, cp, sp] = [Math.cos(state.yaw), Math.sin(state.yaw), Math.cos(state.pitch), Math.sin(state.pitch)];
    return [cy, sp * sy, -cp * sy, 0, cp, sp, sy, -sp * cy, cp * cy]; // columns of pitch times yaw
  };

  // What draws into a canvas; null where WebGL 2 cannot be had.
  const painterOf = (canvas) => {
    const gl = canvas.getContext("webgl2", { antialias: true, stencil: true, preserveDrawingBuffer: true });
    if (!gl) return null;
    const programOf = (vertex, fragment) => {
      const program = gl.createProgram();
      for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(program));
      return { program, at: (name) => gl.getUniformLocation(program, name) };
    };
    let surface, line, buffer;
    const start = () => {
      surface = programOf(SURFACE_VERTEX, SURFACE_FRAGMENT);
      line = programOf(LINE_VERTEX, LINE_FRAGMENT);
      buffer = gl.createBuffer();
    };
    start();
    canvas.addEventListener("webglcontextlost", (event) => { event.preventDefault(); root.classList.add("without-3d"); });
    canvas.addEventListener("webglcontextrestored", () => { start(); root.classList.remove("without-3d"); refresh(); });

    const upload = (shader, layout, numbers) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.DYNAMIC_DRAW);
      const stride = 4 * layout.reduce((sum, [, size]) => sum + size, 0);
      let offset = 0;
      for (const [name, size] of layout) {
        const place = gl.getAttribLocation(shader.program, name);
        if (place >= 0) {
          gl.enableVertexAttribArray(place);
          gl.vertexAttribPointer(place, size, gl.FLOAT, false, stride, offset);
        }
        offset += 4 * size;
      }
      return numbers.length * 4 / stride;
    };
    return (mesh, values, look) => {
      if (gl.isContextLost()) return;
      const ratio = Math.min(window.devicePixelRatio || 1, 3);
      const box = canvas.getBoundingClientRect();
      const width = Math.max(1, Math.round(box.width * ratio)), height = Math.max(1, Math.round(box.height * ratio));
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT | gl.STENCIL_BUFFER_BIT);
      gl.enable(gl.DEPTH_TEST);
      gl.depthFunc(gl.LEQUAL);
      gl.disable(gl.BLEND);
      const turn = turnOf();
      const title = TITLE_PX * ratio; // above the face
      const fit = Math.min(width / data.size[0], (height - title) / data.size[1]) * 2 * 0.9;
      const use = (shader) => {
        gl.useProgram(shader.program);
        gl.uniformMatrix3fv(shader.at("turn"), false, turn);
        gl.uniform2fv(shader.at("center"), middleOf(turn));
        gl.uniform3fv(shader.at("middle"), data.middle);
        gl.uniform2fv(shader.at("scale"), [fit / width, fit / height]);
        gl.uniform1f(shader.at("lower"), title / height);
      };
      use(surface);
      const paint = (kind, color, numbers) => {
        gl.uniform1i(surface.at("kind"), kind);
        gl.uniform3fv(surface.at("flatColor"), rgb(color));
        gl.drawArrays(gl.TRIANGLES, 0, upload(surface, LAYOUT, numbers));
      };
      ["low", "mid", "high"].forEach((name, at) => gl.uniform3fv(surface.at(name), rgb(look.colors[at])));
      const shares = values.map((value) => look.signed ? value / data.signed / 2 + 0.5 : value / data.most);
      paint(look.kind, data.clay, flatten(mesh, normalsOf(mesh), shares, [...triangles]));
      if (look.kind === SHAPE) paint(FLAT, data.mouthColor, fanOf(data.mouth.map((at) => point(mesh, at))));
      data.eyes.forEach((ring, side) => { // an iris shows within its lids only
        gl.enable(gl.STENCIL_TEST);
        gl.stencilFunc(gl.ALWAYS, side + 1, 255);
        gl.stencilOp(gl.KEEP, gl.KEEP, gl.REPLACE);
        paint(FLAT, data.eyeColors[look.kind], fanOf(ring.map((at) => point(mesh, at))));
        gl.stencilFunc(gl.EQUAL, side + 1, 255);
        gl.stencilOp(gl.KEEP, gl.KEEP, gl.KEEP);
        gl.disable(gl.DEPTH_TEST);
        paint(FLAT, data.irisColor, fanOf(disc(mesh, data.irises[side])));
        gl.enable(gl.DEPTH_TEST);
        gl.disable(gl.STENCIL_TEST);
      });
      use(line);
      gl.uniform2fv(line.at("pixel"), [2 / width, 2 / height]);
      gl.uniform4fv(line.at("ink"), [...rgb(data.ink), look.kind === SHAPE ? 0.5 : 0.75]);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.drawArrays(gl.TRIANGLES, 0, upload(line, [["position", 3], ["other", 3], ["side", 1]], strokesOf(mesh, 0.6 * ratio)));
    };
  };

  const LOOKS = [
    { kind: SHAPE, colors: data.unsignedColors, signed: false },
    { kind: COLORED, colors: data.unsignedColors, signed: false },
    { kind: COLORED, colors: data.signedColors, signed: true },
  ];
  const canvases = all("canvas");
  const painters = canvases.map(painterOf);
  if (!painters.every(Boolean)) root.classList.add("without-3d");
  const render = () => {
    if (!painters.every(Boolean)) return;
    const shown = content();
    painters[0](shown.shape, NONE, LOOKS[0]);
    painters[1](shown.ground, shown.distance, LOOKS[1]);
    painters[2](shown.ground, shown.signed, LOOKS[2]);
  };

  // ---- words and marks that go with it
  const press = (name, chosen) => {
    for (const button of all(`[data-${name}]`)) button.setAttribute("aria-pressed", String(button.dataset[name] === chosen));
  };
  const slider = one("input[type=range]");
  const describe = () => {
    const frame = data.frames[state.frame];
    const setup = data.setups[state.setup];
    const subject = state.all ? "mean of all frames" : frame.text;
    const shape = state.all ? "Mean observed" : state.predicted ? "Predicted" : "Observed";
    one(".shape b").textContent = shape;
    one(".shape small").textContent = state.predicted && !state.all ? setup : data.tracker;
    one(".readout").textContent = state.all ? `Mean of all frames in the scores, ${setup}` : frame.text;
    if (slider) slider.setAttribute("aria-valuetext", frame.text);
    canvases[0].setAttribute("aria-label", `${shape} face, ${subject}. Arrow keys turn, Space switches between observed and predicted, Home faces forward.`);
    canvases[1].setAttribute("aria-label", `Observed face coloured by the distance from the prediction of ${setup}, ${subject}.`);
    canvases[2].setAttribute("aria-label", `Observed face coloured by the distance in or out of the prediction of ${setup}, ${subject}.`);
    press("shape", state.blink ? "blink" : state.predicted ? "predicted" : "observed");
    press("setup", String(state.setup));
    press("subject", state.all ? "all" : "frame");
    const near = (a, b) => Math.abs(a - b) < 0.02;
    press("view", Object.entries(VIEWS).find(([, yaw]) => near(yaw, state.yaw) && near(0, state.pitch))?.[0] ?? "");
    for (const button of all("[data-shape]")) button.disabled = state.all;
    for (const plot of all("[data-recording]")) {
      plot.hidden = plot.dataset.recording !== String(frame.recording);
      for (const cursor of all(".cursor", plot)) {
        const { start: first, end: last, low, high } = cursor.dataset;
        const share = (frame.seconds - low) / (high - low);
        cursor.querySelector(".now").setAttribute("transform", `translate(${+first + share * (last - first)} 0)`);
        for (const dot of all("[data-frame]", cursor)) dot.classList.toggle("chosen", +dot.dataset.frame === state.frame);
      }
    }
  };
  let asked = false;
  const refresh = () => {
    describe();
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; render(); });
  };

  // ---- controls
  const VIEWS = { front: 0, three: -0.66, side: -1.45 };
  let blinking = 0;
  const blink = (on) => {
    clearInterval(blinking);
    state.blink = on && !still.matches;
    if (state.blink) blinking = setInterval(() => { state.predicted = !state.predicted; refresh(); }, BLINK_MS);
    else if (on) state.predicted = !state.predicted; // with reduced motion: a switch
  };
  const act = {
    shape: (value) => {
      if (value === "blink") { blink(!state.blink); return; }
      blink(false);
      state.predicted = value === "predicted";
    },
    setup: (value) => { state.setup = +value; },
    view: (value) => { state.yaw = VIEWS[value]; state.pitch = 0; },
    subject: (value) => { state.all = value === "all"; if (state.all) blink(false); },
  };
  for (const [name, action] of Object.entries(act)) {
    for (const button of all(`[data-${name}]`)) {
      button.addEventListener("click", () => { action(button.dataset[name]); refresh(); });
    }
  }
  const choose = (number) => {
    state.frame = Math.min(Math.max(number, 0), data.frames.length - 1);
    state.all = false;
    if (slider) slider.value = String(state.frame);
    refresh();
  };
  slider?.addEventListener("input", () => choose(+slider.value));
  for (const plot of all("[data-recording] svg")) {
    plot.addEventListener("click", (event) => {
      const x = event.clientX - plot.getBoundingClientRect().left;
      const dots = all("[data-frame]", plot);
      const away = (dot) => Math.abs(+dot.getAttribute("cx") - x);
      const nearest = dots.reduce((best, dot) => (!best || away(dot) < away(best) ? dot : best), null);
      if (nearest) choose(+nearest.dataset.frame);
    });
  }
  const STEP = Math.PI / 24;
  const turnBy = (yaw, pitch) => {
    state.yaw = Math.min(Math.max(state.yaw + yaw, -1.75), 1.75);
    state.pitch = Math.min(Math.max(state.pitch + pitch, -1.2), 1.2);
  };
  const KEYS = {
    ArrowLeft: () => turnBy(-STEP, 0),
    ArrowRight: () => turnBy(STEP, 0),
    ArrowUp: () => turnBy(0, -STEP),
    ArrowDown: () => turnBy(0, STEP),
    Home: () => Object.assign(state, HOME),
    " ": () => { if (!state.all) { blink(false); state.predicted = !state.predicted; } },
  };
  for (const canvas of canvases) {
    canvas.addEventListener("keydown", (event) => {
      const action = KEYS[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
      refresh();
    });
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      from = [event.clientX, event.clientY];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      turnBy((event.clientX - from[0]) * 0.009, (event.clientY - from[1]) * 0.009);
      from = [event.clientX, event.clientY];
      refresh();
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { from = null; });
  }

  one("[data-png]")?.addEventListener("click", () => {
    render();
    const gap = 16 * (window.devicePixelRatio || 1);
    const picture = document.createElement("canvas");
    picture.width = canvases.reduce((sum, canvas) => sum + canvas.width + gap, -gap);
    picture.height = Math.max(...canvases.map((canvas) => canvas.height));
    const to = picture.getContext("2d");
    to.fillStyle = getComputedStyle(one(".panel")).backgroundColor;
    to.fillRect(0, 0, picture.width, picture.height);
    let x = 0;
    for (const canvas of canvases) {
      to.drawImage(canvas, x, (picture.height - canvas.height) / 2);
      x += canvas.width + gap;
    }
    picture.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "faces.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  });

  new ResizeObserver(refresh).observe(root);
  addEventListener("beforeprint", render);
  refresh();
})();

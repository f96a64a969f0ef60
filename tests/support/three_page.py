"""A page in which three.js shows a GLB file, in one file: pages from a disk may import no modules from there."""

from __future__ import annotations

import base64
import json
from pathlib import Path

_IMPORTS = {
    "three-core": "build/three.core.js",
    "three": "build/three.module.js",
    "buffer-geometry-utils": "examples/jsm/utils/BufferGeometryUtils.js",
    "skeleton-utils": "examples/jsm/utils/SkeletonUtils.js",
    "gltf-loader": "examples/jsm/loaders/GLTFLoader.js",
}
_RENAMED = {
    "./three.core.js": "three-core",
    "../utils/BufferGeometryUtils.js": "buffer-geometry-utils",
    "../utils/SkeletonUtils.js": "skeleton-utils",
}
_PAGE = """<!doctype html><html><body style="margin:0;background:#10141a">
<script type="importmap">{imports}</script>
<script type="module">
import * as THREE from 'three';
import {{ GLTFLoader }} from 'gltf-loader';
const bytes = Uint8Array.from(atob('{glb}'), c => c.charCodeAt(0));
const renderer = new THREE.WebGLRenderer({{ antialias: true, preserveDrawingBuffer: true }});
renderer.setSize({width}, {height});
document.body.appendChild(renderer.domElement);
const scene = new THREE.Scene();
scene.background = new THREE.Color('#10141a');
scene.add(new THREE.HemisphereLight(0xc8d8ff, 0x302820, 1.1));
const key = new THREE.DirectionalLight(0xfff2e0, 2.4);
key.position.set(-0.46, 0.56, 0.69);
scene.add(key);
const camera = new THREE.PerspectiveCamera(26, {width} / {height}, 0.01, 10);
window.ready = new GLTFLoader().parseAsync(bytes.buffer, '').then(gltf => {{
  scene.add(gltf.scene);
  const box = new THREE.Box3().setFromObject(gltf.scene);
  const size = box.getSize(new THREE.Vector3()), middle = box.getCenter(new THREE.Vector3());
  const far = 1.15 * Math.max(size.y, size.x * {height} / {width}) / 2 / Math.tan(13 * Math.PI / 180);
  window.turn = degrees => {{
    const angle = degrees * Math.PI / 180;
    camera.position.set(middle.x + far * Math.sin(angle), middle.y, middle.z + far * Math.cos(angle));
    camera.lookAt(middle);
    renderer.render(scene, camera);
  }};
  window.mixer = new THREE.AnimationMixer(gltf.scene);
  for (const clip of gltf.animations) window.mixer.clipAction(clip).play();
  window.seek = seconds => {{ window.mixer.setTime(seconds); window.turn(0); }};
  window.faces = [];
  gltf.scene.traverse(one => {{ if (one.morphTargetInfluences) window.faces.push(one); }});
  window.morph = (name, weight) => {{
    for (const one of window.faces)
      if (name in one.morphTargetDictionary) one.morphTargetInfluences[one.morphTargetDictionary[name]] = weight;
    window.turn(0);
  }};
  window.gltf = gltf;
  window.turn(0);
  return true;
}});
</script></body></html>
"""


def write_page(page: Path, three: Path, glb: Path, size: tuple[int, int] = (900, 700)) -> None:
    """Write the page. `three` is the folder of the package.

    When the promise `ready` is fulfilled, `morph(name, weight)` sets a target of all heads, `seek(seconds)` plays the
    animations to a time, `turn(degrees)` looks from the side; each draws anew.
    """
    imports = {}
    for name, place in _IMPORTS.items():
        text = (three / place).read_text(encoding="utf-8")
        for relative, bare in _RENAMED.items():
            text = text.replace(f"'{relative}'", f"'{bare}'")
        imports[name] = "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
    content = base64.b64encode(glb.read_bytes()).decode()
    width, height = size
    page.write_text(
        _PAGE.format(imports=json.dumps({"imports": imports}), glb=content, width=width, height=height),
        encoding="utf-8",
    )

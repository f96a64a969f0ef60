"""`extract --mesh pyfeat`: the mesh and the pose of py-feat's network, as a table of its Detectorv2 would have them."""

import numpy as np
from common import clip, needs_bundled
from pyfeat_network import Network
from remade import RECORDED, network, recomputed, written

import realtime.session
from realtime.core.config import load_config
from realtime.dataset.recording import NO_NETWORK, Sampling, rows_of_session, rows_of_video
from realtime.pipeline.build import Pipeline

SETS = ("detect.tracker=bundled", "detect.emotion=pyfeat", "model.names=emotion@built-in", "detect.max_faces=1")


@needs_bundled
def test_the_mesh_and_the_pose_of_the_network(prepared_network: Network, single_face):
    config = load_config(None, [*SETS], {"detect.pyfeat_weights": str(prepared_network.weights.path)})
    (rows,) = rows_of_video(clip("single_face.mp4"), "one", config, Sampling(stride=24), "pyfeat")
    with Pipeline.from_config(config) as pipeline:
        results = [one for one in pipeline.run(single_face[::24]) if one.validity.ok]
    assert rows.mesh == "pyfeat Detectorv2" and rows.tracker == "bundled" and rows.emotions_from == "pyfeat"
    assert len(rows.meshes) == len(results) > 1
    for mesh, pose, result in zip(rows.meshes, rows.poses, results, strict=True):
        assert np.allclose(mesh, result.network.mesh_px, atol=0.5)
        assert np.allclose(pose.angles, result.network.pose.angles, atol=1e-3)
        assert 0.2 < mesh[:, 2].std() / mesh[:, 0].std() < 1.0  # z in pixels, as x and y
    assert "AU12" in rows.columns() and "jawOpen" in rows.columns()


def test_of_a_session_each_output_of_the_network_is_taken_once(tmp_path):
    with realtime.session.open(RECORDED) as session:
        results = recomputed(session)
    says = range(0, len(results), 3)
    (rows,) = rows_of_session(written(tmp_path / "session", [results], says=says), "one", "pyfeat")
    used = [(number, result) for number, result in enumerate(results) if number in says and result.validity.ok]
    assert rows.mesh == "pyfeat Detectorv2" and len(rows.meshes) == len(used) > 5
    for mesh, pose, (number, result) in zip(rows.meshes, rows.poses, used, strict=True):
        assert np.allclose(mesh, network(result, number).mesh_px) and np.allclose(pose.angles, (0.1, 0.2, 0.3))
    assert rows.dropped[NO_NETWORK] == sum(one.validity.ok for one in results) - len(used)

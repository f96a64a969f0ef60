"""The current measurements as text for a spreadsheet: name, value and unit, separated by tabs."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.core.frame_result import FrameResult, ModelResult, Residual

_PERCENT = "% of the outer-canthal distance"
_ANGLE = "degrees"


def measurements_text(source: str, result: FrameResult) -> str:
    """The measurements of the face on screen, one per line; several models one after the other, then other faces."""
    stamp_ns = result.models[0].stamp_ns if result.models else result.stamp  # of the frame that was measured
    rows = [("source", source, ""), ("time", f"{stamp_ns / 1e9:.3f}", "s")]
    rows += _face_rows(result)
    if result.landmarks is None:
        rows.append(("face", "none", ""))
    else:
        rows.append(("tracker", result.landmarks.tracker, ""))
    if result.landmarks is not None and not result.validity.ok:
        rows.append(("out of range", "; ".join(result.validity.reasons), ""))
    elif result.validity.amber:
        rows.append(("amber", result.validity.amber, ""))
    rows += _measured(result)
    for face in result.others:
        rows.append(("face", f"{face.track_id}", ""))
        if face.still:
            rows.append(("still picture", "yes", ""))
        rows += _measured(result.of_face(face.track_id))
    return "".join("\t".join(row) + "\n" for row in rows)


def _face_rows(result: FrameResult) -> list[tuple[str, str, str]]:
    """How many faces there are, and which is the chosen one; nothing where there is one that nobody has chosen."""
    chosen = result.chosen
    if len(result.faces) < 2 and not (chosen is not None and chosen.by_user):
        return []
    calibrated = sum(any(model.identity is not None for model in face.estimate.models) for face in result.faces)
    rows = [("faces", f"{len(result.faces)}", ""), ("faces with a neutral", f"{calibrated}", "")]
    if chosen is None:
        return rows
    rows.append(("chosen by", "the user" if chosen.by_user else "the program", ""))
    return [*rows, ("face", f"{chosen.track_id}", "" if result.face is not None else "lost")]


def _measured(result: FrameResult) -> Iterator[tuple[str, str, str]]:
    """The measurements of the chosen face."""
    if result.aligned is not None:
        for name, value in result.aligned.pose.degrees().items():
            yield name, f"{value:.2f}", _ANGLE
    for model in result.models:
        yield from _rows(model)
    if result.disagreement is not None:
        yield "disagreement of the models", f"{result.disagreement.nme:.3f}", _PERCENT


def _rows(model: ModelResult) -> Iterator[tuple[str, str, str]]:
    yield "model", model.model, ""
    if model.features is not None:
        yield "features from", model.features.source, ""
        for name, value in model.features.values.items():
            yield name, f"{value:.4f}", ""
    if model.predicted is not None:
        given = "0" if model.predicted.pose is None else "live"
        yield "pose of the prediction", given, ""
    if model.residual is not None:
        yield from _of(model.residual, "raw")
    if model.residual_adjusted is not None:
        yield from _of(model.residual_adjusted, "identity-adjusted")
    line = model.gain_line
    if line is not None and line.gain is not None and line.nme is not None:
        yield "gain of the session so far", f"{line.gain:.3f}", ""
        yield "residual, identity-adjusted, with gain", f"{line.nme:.3f}", _PERCENT
    if model.floor is not None:
        yield "floor (fitted), raw", f"{model.floor.raw.nme:.3f}", _PERCENT
        if model.floor.adjusted is not None:
            yield "floor (fitted), identity-adjusted", f"{model.floor.adjusted.nme:.3f}", _PERCENT


def _of(residual: Residual, kind: str) -> Iterator[tuple[str, str, str]]:
    yield f"residual, {kind}", f"{residual.nme:.3f}", _PERCENT
    for name, value in residual.regions.items():
        yield f"residual of the {name}, {kind}", f"{value:.3f}", _PERCENT
    for name, value in residual.baselines.items():
        yield f"baseline {name}, {kind}", f"{value:.3f}", _PERCENT
    yield f"skill against {residual.baseline_name}, {kind}", f"{residual.skill:.3f}", ""

"""Number formatting and sentences shared by the window and the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from realtime.core.types import EMOTIONS

FITTED = "inverse"  # the source whose features are fitted to the very mesh that they are compared with

FROM_LANDMARKS = "mediapipe"  # the source whose features MediaPipe computes from the landmarks of the mesh


def skill_sentence(skill: float, baseline_name: str | None, source: str | None) -> tuple[tuple[str, ...], bool]:
    """A skill score as a sentence, in variants from long to short, and whether it is above 0.

    `source` is that of the features. With features that were fitted to the same mesh, the skill is an upper limit for
    any others, and explains nothing. MediaPipe computes its blendshapes from the same landmarks: they are not fitted,
    and no second witness either.
    """
    own = baseline_name == "own_neutral"
    if skill > 0:
        share = f"{100 * skill:.0f} %" if skill >= 0.01 else "less than 1 %"
        of = "of the expression" if own else "of the variance around the mean face"
        if source == FITTED:
            long = f"At best {share} {of} could be predicted (fitted to this face)"
            fitted = "(fitted to this face)"
            return (long, f"At best {share} {of} {fitted}", f"At best {share} {fitted}", f"At best {share}"), True
        if source == FROM_LANDMARKS:
            long = f"The model reproduces {share} {of} (from the same landmarks)"
            return (long, f"reproduces {share} {of}", f"reproduces {share}"), True
        return (f"The model explains {share} {of}", f"explains {share} {of}", f"explains {share}"), True
    baseline = "own neutral" if own else "the mean face"
    score = f"skill {signed(skill, 2)}"
    return (f"No improvement over {baseline} ({score})", f"no better than {baseline} ({score})", score), False


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


# What the classifier `appearance` can do, in variants from long to short (FER2013: the published accuracy of the file).
APPEARANCE_DEPENDABLE, _WEAK = ("happiness", "neutral", "surprise"), ("anger", "fear", "disgust", "sadness")
APPEARANCE_ABILITY = (
    f"66 % right on FER2013: {_listed(APPEARANCE_DEPENDABLE)} dependable; {_listed(_WEAK)} weak",
    f"66 % on FER2013; {', '.join(_WEAK)} weak",
    f"{', '.join(_WEAK)} weak",
)


# What stands below the features in the window: where they come from, what of them can be depended on, what is weak.
SOURCE_TRUST = {
    "appearance": (
        "Read from the picture by a small classifier.",
        f"Dependable: {', '.join(APPEARANCE_DEPENDABLE)}.",
        f"Weak: {', '.join(_WEAK)}.",
    ),
    "pyfeat": ("Read from the picture by py-feat's network.", "", ""),
    "mediapipe": ("Read from the landmarks by MediaPipe.", "", "No second witness: the mesh has the same landmarks."),
    FITTED: ("Chosen to match your face.", "", "So this is no prediction, but the best that this model could do."),
}


def feature_source_names(source: str) -> tuple[str, ...]:
    """Names of a source of features ("inverse", "mediapipe", "pyfeat", "appearance"), from long to short."""
    return {
        "inverse": ("fitted to the mesh (inverse)", "fitted (inverse)", "inverse"),
        "mediapipe": ("MediaPipe blendshapes", "MediaPipe"),
        "appearance": ("appearance, a small classifier of the picture", "appearance classifier", "appearance"),
        "pyfeat": ("py-feat's multitask network", "py-feat's network", "py-feat"),
    }.get(source, (source,))


def feature_source_notes(source: str) -> tuple[str, ...]:
    """The same with what the source can do, where that has to be said beside its numbers; from long to short."""
    abilities = APPEARANCE_ABILITY if source == "appearance" else ()
    return (*(f"{source}: {ability}" for ability in abilities), *feature_source_names(source))


CLASSIFIERS = ("pyfeat", "appearance")  # sources of emotions that look at the picture, not at the mesh
CLEAR_MARGIN = 0.2  # of the strongest emotion over the next, from which it is named alone


def emotion_phrase(values: Mapping[str, float], source: str) -> tuple[str, bool]:
    """What may be said of an emotion in large type, and whether it is a single one.

    One emotion is named alone only where a classifier says so by a clear margin: "happiness 81 %". Otherwise all that
    come near the strongest are named and no number: "mixed: happiness, fear". "fitted: " stands before the emotions of
    a fit that has one above all others, since it is none that was recognised. Empty without emotions.
    """
    ranked = sorted((name for name in values if name in EMOTIONS), key=lambda name: -values[name])
    if not ranked:
        return "", False
    strongest = values[ranked[0]]
    near = [name for name in ranked if strongest - values[name] < CLEAR_MARGIN]
    if len(near) > 1:
        return f"mixed: {', '.join(near[:3])}", False
    if source not in CLASSIFIERS:
        return f"fitted: {near[0]}", False
    return f"{near[0]} {100 * strongest:.0f} %", True


_REPLACEABLE = CLASSIFIERS  # sources that may not answer, for which another one is used meanwhile


def stand_in_notice(asked_for: str, frames: Mapping[str, int], valid: int, reason: str = "") -> str | None:
    """That a source of features was replaced by others, and what the numbers of a run are of; None where it was not.

    `frames` by source; `valid` frames could have had features; `reason` is why the source does not answer at the end.
    """
    if asked_for not in _REPLACEABLE:
        return None
    names = feature_source_names(asked_for)
    because = f" ({reason})" if reason else ""
    if not frames:
        return f"No output of {names[0]} came in time{because}; there are no numbers." if valid else None
    missed, of = sum(count for source, count in frames.items() if source != asked_for), sum(frames.values())
    if not missed:
        return None
    late = f"The output of {names[0]} was missing or too late in {missed} of {of} frames{because}"
    main = max(frames, key=lambda source: frames[source])
    if main == asked_for:
        return f"{late}; the numbers below are of the other {of - missed}."
    return f"{late}; the numbers below are of another source: {feature_source_names(main)[0]}."


# Names of the baselines of a residual, by their keys.
BASELINE_NAMES = {
    "mean_mesh": "mean-face baseline",
    "own_neutral": "own-neutral baseline",
    "noise": "landmark noise",
    "jitter": "jitter of the face at rest",
}


def pose_response_sentence(axes: Sequence[str], held_out_percent: float, held_out_error: float) -> str:
    """What a personal pose response helped, and of what; `axes` are those on which it is known."""
    return (
        f"Your own response to the head pose ({', '.join(axes)}) takes away {held_out_percent:.0f} ± "
        f"{held_out_error:.0f} % of the neutral's squared error on seconds that were held out"
    )


# Of a model whose file has no interactions of features and pose.
POSE_NOT_IDENTIFIED = "pose rows not identified without the interactions"

# Beside every R2 of a run.
CARD_R2 = "R2: around the mean of these frames; not comparable with a card's 0.2057, over people"


# Measured by `bench --only truth`; docs/what-the-numbers-mean.md.
_TRACKERS_APART = "see the same face 1.5 to 2.5 % of the outer-canthal distance apart"


def two_trackers(what: str, one: str, other: str) -> str:
    """The warning beside numbers of two trackers: `what` names them, from which and to which tracker."""
    return f"{what}: trackers '{one}' and '{other}' {_TRACKERS_APART}, so their numbers cannot be compared."


def signed(value: float, digits: int) -> str:
    """A number with its sign, a typographic minus, and no sign at zero."""
    text = f"{value:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


def beside_limit(value: float, limit: float) -> str:
    """A whole number, unless rounding would show the limit itself ("yaw 40° beyond 40°")."""
    whole = f"{value:.0f}"
    return f"{value:.1f}" if whole == f"{limit:.0f}" else whole


def time_text(seconds: float) -> str:
    """A time in a recording, to hundredths of a second: "0:12.43", "1:02:03.40"."""
    hundredths = round(max(seconds, 0.0) * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{ahead}:{rest // 100:02d}.{rest % 100:02d}"


def speed_text(speed: float) -> str:
    """A playback speed: "1×", "0.25×"."""
    return f"{speed:.3g}×"


# Facial Action Coding System (Ekman & Friesen); those of py-feat's models.
ACTION_UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU11": "nasolabial deepener",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU20": "lip stretcher",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU28": "lip suck",
    "AU43": "eyes closed",
}

"""What has to be said of scores on recordings on which the model was fit."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.core.compare_report import ModelScores


def training_note(model: str, trained_on: Sequence[str] | None, recordings: int, *, personal: bool) -> str | None:
    """A sentence on a model in a comparison of so many recordings; None where nothing has to be said.

    `trained_on`: those among them on which it was fit; None: its file does not say.
    """
    if trained_on:
        them = f"{len(trained_on)} of these {recordings} recordings are" if recordings > 1 else "This recording is"
        which = f"among those on which {model} was fit" + (
            f" ({', '.join(trained_on[:3])}{' ...' if len(trained_on) > 3 else ''})" if recordings > 1 else ""
        )
        return f"{them} {which}: training scores, which say nothing of other recordings. Compare others."
    if trained_on is None and personal:
        return (
            f"{model} is a model of one person, and its file does not say on which recordings it was fit; if it was on "
            "these, these are training scores."
        )
    return None


def training_notes(models: Sequence[ModelScores], recordings: int) -> list[str]:
    """The same of all setups of a comparison, once a model."""
    notes = (training_note(one.model, one.trained_on, recordings, personal=one.personal) for one in models)
    return list(dict.fromkeys(note for note in notes if note is not None))


def of_training(one: ModelScores) -> bool:
    """Whether the scores of a setup are or may be those of training."""
    return training_note(one.model, one.trained_on, 1, personal=one.personal) is not None

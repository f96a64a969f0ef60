"""The words of the window, each explained in one sentence: shown beside the word, and listed in docs/window.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A word on the screen."""

    name: str
    sentence: str


GLOSSARY = {
    "you": Term("You", "The face in the camera's picture, turned level and made as large as the two meshes beside it."),
    "face": Term(
        "Face 2", "One of several faces, by the number that it keeps as long as it is followed; a click shows it large."
    ),
    "face age": Term(
        "0.4 s old",
        "How old the estimate of this face is: where time is short, the face that is shown comes first. A still "
        "picture has not moved for two seconds.",
    ),
    "chosen face": Term(
        "Automatic",
        "Who chooses the face that is shown: the program takes the largest one that moves, until you choose.",
    ),
    "features": Term(
        "Your emotions",
        "How strongly each emotion was read, 0 to 100 %. The model is given these, and no picture.",
    ),
    "source": Term("Source", "What reads the emotions; the prediction can only be as good as this reading."),
    "predicted": Term(
        "What your emotions predict",
        "The face that the model expects from the emotions and the head pose alone, with your resting face added once "
        "it is known.",
    ),
    "difference": Term(
        "The difference",
        "Your measured face, coloured by how far each point of it is from the predicted one: pale fits, dark red does "
        "not.",
    ),
    "region": Term(
        "Region", "The mean distance between you and the prediction in this part of the face, in % of eye distance."
    ),
    "eye distance": Term(
        "% of eye distance", "Distances are given as a share of the distance between the outer corners of your eyes."
    ),
    "tracker": Term("Tracker", "It finds 478 landmarks in the picture; every number here is of its landmarks."),
    "share": Term(
        "Predicted share",
        "How much of your squared movement away from rest the prediction accounts for; below 0 your resting face would "
        "be the better guess.",
    ),
    "sent": Term(
        "1,234 sent, 12 ms old",
        "Results or pictures that were handed to other programs, and how long after its capture the last one was.",
    ),
    "dropped": Term(
        "3 dropped", "Those for which the receiver or this machine had no time: newer ones were sent instead of them."
    ),
    "delivered": Term("As delivered", "The share that the model predicts from the emotions exactly as they were read."),
    "gain": Term(
        "With session gain",
        "The share if all predictions were scaled by the one factor that fits this session best; a single moment may "
        "do better without it.",
    ),
    "floor": Term(
        "The best this model can do",
        "The share if the emotions were chosen to fit this very face: no reading of them brings this model beyond it.",
    ),
    "noise": Term("Noise", "The part of the movement that is only the trembling of the tracker itself."),
    "rest": Term(
        "Resting face",
        "Your face with no expression, measured once; movement and the predicted share count from there.",
    ),
    "movement": Term(
        "Movement", "How far your face is from rest, in % of eye distance; the blue part of it is what was predicted."
    ),
    "ribbon": Term("Emotions over time", "The emotions as they were read, one above the other, in their colours."),
    "usable": Term(
        "Usable", "Grey: the numbers count; amber: the head was turned or another doubt; hatched: there was no face."
    ),
    "turned": Term(
        "Head turned", "Beyond the range that the model was made for, pose and expression can no longer be told apart."
    ),
    "rate": Term("Rate", "Pictures a second that are measured, and the time from a picture's capture to the screen."),
    "pose input": Term(
        "Pose input",
        "Whether the model is given the head pose of each moment, or that of a head that looks ahead.",
    ),
    "disagreement": Term("Models disagree", "How far the predicted faces are apart, in % of eye distance."),
}


def glossary_table() -> str:
    """The words as a Markdown table."""
    rows = [f"| {term.name} | {term.sentence} |" for term in GLOSSARY.values()]
    return "\n".join(["| word | what it says |", "| --- | --- |", *rows])

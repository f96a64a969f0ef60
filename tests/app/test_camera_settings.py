"""Choices of a camera's resolution, rate and exposure are settings, and the other way round."""

from __future__ import annotations

import pytest

from realtime.app.camera_settings import camera_offers, camera_setting
from realtime.core.config import SourceConfig


def test_every_choice_is_a_setting_that_is_shown_as_chosen() -> None:
    names = {"resolution": "resolutions", "rate": "rates", "exposure": "exposures"}
    for what, several in names.items():
        choices = camera_offers(SourceConfig())[several]  # type: ignore[literal-required]
        assert len({choice.value for choice in choices}) == len(choices) > 5 and choices[0].value == ""
        for choice in choices:
            source = SourceConfig.model_validate(camera_setting(what, choice.value))
            assert camera_offers(source)[what] == choice.value  # type: ignore[literal-required]
            others = {"resolution", "rate", "exposure"} - {what}
            assert all(camera_offers(source)[other] == "" for other in others)  # type: ignore[literal-required]


def test_what_was_given_on_the_command_line_is_among_the_choices() -> None:
    offers = camera_offers(SourceConfig(width=800, height=448, fps=12.5, exposure_ms=7.5))
    assert (offers["resolution"], offers["rate"], offers["exposure"]) == ("800x448", "12.5", "7.5")
    for several, now in (("resolutions", "800x448"), ("rates", "12.5"), ("exposures", "7.5")):
        assert now in [choice.value for choice in offers[several]]  # type: ignore[literal-required]


@pytest.mark.parametrize(("what", "value"), [("resolution", "1x1"), ("rate", "fast"), ("exposure", "-3")])
def test_what_is_no_choice_is_refused(what: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"source|greater|number|Source"):
        SourceConfig.model_validate(camera_setting(what, value))

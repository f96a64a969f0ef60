"""Rules by which events arise from values: the settings, and the events that are handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from realtime.core.frame_result import FrameResult
from realtime.core.neutral import person_name

MOST_RULES = 32


class EventRule(BaseModel):
    """One rule: it begins when a value has been beyond `enter`, and ends when it has been back beyond `leave`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(person_name)] = Field(min_length=1, description="of its events")
    of: str = Field(
        min_length=1,
        max_length=100,
        description="the value: a feature, a residual (nme, skill ...), regions.mouth, pitch_deg, yaw_deg or roll_deg",
    )
    enter: float = Field(allow_inf_nan=False, description="threshold at which it begins")
    leave: float = Field(
        allow_inf_nan=False, description="threshold at which it ends; above `enter` where a falling value begins it"
    )
    hold_s: float = Field(0.2, ge=0, le=60, description="seconds that a value must stay there, to begin and to end")

    @model_validator(mode="after")
    def _thresholds_differ(self) -> EventRule:
        if self.enter == self.leave:
            raise ValueError(
                f"rule '{self.name}': enter and leave are both {self.enter:g}, so that noise at it begins and ends the "
                "event with every frame; set leave below enter (or above it, for a rule of falling values)"
            )
        return self

    @property
    def rising(self) -> bool:
        """Whether it begins when the value rises."""
        return self.enter > self.leave


def _each_by_name(value: object) -> object:
    """Rules one by one, so that what is wrong with one is said with its name."""
    if not isinstance(value, (list, tuple)):
        return value
    return tuple(_rule(given, number) for number, given in enumerate(value, 1))


def _rule(given: object, number: int) -> EventRule:
    if isinstance(given, EventRule):
        return given
    name = given.get("name") if isinstance(given, dict) else None
    which = f"rule '{name}'" if isinstance(name, str) and name else f"rule number {number}"
    try:
        return EventRule.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"])
        known = ", ".join(EventRule.model_fields)
        if problem["type"] == "extra_forbidden":
            raise ValueError(f"{which}: there is no key '{key}'; a rule has {known}") from None
        if problem["type"] == "missing":
            raise ValueError(f"{which}: '{key}' is missing; a rule has {known}") from None
        message = problem["msg"].removeprefix("Value error, ")
        raise ValueError(message if message.startswith("rule ") else f"{which}: {key}: {message}") from None


def _named_once(rules: tuple[EventRule, ...]) -> tuple[EventRule, ...]:
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two rules have the name '{twice}'; each event needs its own")
    return rules


class EventsConfig(BaseModel):
    """Rules by which events arise while the program runs, and in a replay."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    rules: Annotated[tuple[EventRule, ...], BeforeValidator(_each_by_name), AfterValidator(_named_once)] = Field(
        (), max_length=MOST_RULES, description="name, of, enter, leave, hold_s of each: see docs/events.md"
    )


@dataclass(frozen=True, slots=True)
class RuleEvent:
    """The beginning or the end of what a rule describes."""

    name: str  # of the rule
    active: bool  # whether it begins; else it ends
    time_ns: int  # of the frame at which it was decided: in the source, in a replay on the session's clock
    crossed_ns: int  # of the frame at which the value crossed the threshold: earlier by the holding time
    value: float | None  # at `time_ns`; None where there is none


# Called with an event and the frame at which it was decided, by the thread that computes; must not wait.
RuleListener = Callable[[RuleEvent, FrameResult], None]

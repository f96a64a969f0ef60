"""The panel's section on the neutral: whose it is, what is known of it, a new one to accept, and the way back."""

from __future__ import annotations

from realtime.core.commands import Action
from realtime.core.neutral import not_at_rest
from realtime.view.mirror.controls.control_column import ButtonSpec, ControlColumn, PanelItem
from realtime.view.paint import theme
from realtime.view.paint.menu import Option

PERSON = "name"  # the text field, in `places` and drafts


def _person(c: ControlColumn) -> None:
    offers = c.status.offers
    if not offers.people:
        return
    shown = next((choice.label for choice in offers.people if choice.value == offers.person), offers.person)
    options = [Option(choice.label, chosen=choice.value == offers.person) for choice in offers.people]
    description = "Whose face it is: the neutral of this person is used, and a new one is kept"
    picked = c.dropdown("person", shown, options, label="Person", description=description)
    if picked is not None and offers.people[picked.at].value != offers.person:
        c.choose("person", offers.people[picked.at].value)
    entered = c.text_field(PERSON, "another name", "Name of another person. Enter chooses it")
    if entered is not None:
        c.choose("person", entered)


def _facts(c: ControlColumn) -> None:
    """Of the neutral in use; what was found in it is a warning."""
    for fact in c.status.neutral_facts:
        c.note(fact, theme.TEXT_SOFT)
    if c.status.neutral_findings:
        c.note(c.status.neutral_findings, theme.WARN)
    if not c.status.neutral_facts:
        c.note("not calibrated: press N and relax your face")
    c.space()


def _review(c: ControlColumn) -> None:
    review = c.status.review
    if review is not None:
        ink = theme.WARN if review.findings else theme.ACCENT
        left = "" if review.seconds_left is None else f", accepted in {review.seconds_left} s"
        c.note(f"New neutral, {not_at_rest(review.findings) or 'at rest'}{left}", ink)
        c.space()
        c.buttons(ButtonSpec(Action.ACCEPT_NEUTRAL, ink=ink), ButtonSpec(Action.DISCARD_NEUTRAL))


def _undo(c: ControlColumn) -> None:
    if c.status.neutral_undo:
        c.buttons(ButtonSpec(Action.UNDO_NEUTRAL))


def _next_person(c: ControlColumn) -> None:
    c.buttons(ButtonSpec(Action.NEXT_PERSON))


NEUTRAL = (
    PanelItem((), _person),
    PanelItem((), _facts),
    PanelItem((Action.ACCEPT_NEUTRAL, Action.DISCARD_NEUTRAL), _review),
    PanelItem((Action.UNDO_NEUTRAL,), _undo),
    PanelItem((Action.NEXT_PERSON,), _next_person),
)

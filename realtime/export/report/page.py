"""The page of a report: one HTML file with everything in it, from the verdict to the methods."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from realtime.export.report.figure import Figure, drawn
from realtime.export.report.markup import Child, Markup, inline_json, joined, tag
from realtime.export.report.palette import variables

Block = Markup | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, which opens with what was found."""

    name: str  # of its element
    title: str
    finding: Child
    blocks: Sequence[Block] = ()
    warnings: int = 0  # shown in the contents list
    errors: int = 0


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number with what it is."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of a page."""

    program: str  # "meshmirror fit"
    title: str
    subject: Sequence[str]  # lines on what this is about
    verdict: Sequence[Markup]  # three sentences, each a paragraph
    keys: Sequence[KeyFigure]
    ruler: tuple[Markup, ...]  # the verdict drawn, see `Figure.charts`; may be empty
    notices: Sequence[str]
    sections: Sequence[Section]
    made: str  # by what, and when
    data: Any = field(default=None)  # the numbers as JSON, for programs that read the page
    scripts: Sequence[str] = ()  # names of further scripts of this package, after the page's own
    styles: Sequence[str] = ()  # names of further style sheets
    payload: Mapping[str, Any] = field(default_factory=dict)  # JSON for those scripts, by the id of its element


def render(page: Page) -> str:
    """The HTML of a page. It loads nothing: its policy forbids every request and every script but its own."""
    scripts = [Markup(_resource(name)) for name in ("page.js", *page.scripts)]
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {digests}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{page.title} · {page.program}"),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(variables() + "".join(map(_resource, ("page.css", *page.styles))))),
    )
    main = tag(
        "main",
        _verdict(page),
        *_sections(page.sections),
        tag("p", page.made, class_="foot"),
        id="main",
    )
    data = ({} if page.data is None else {"numbers": page.data}) | dict(page.payload)
    body = tag(
        "body",
        tag("a", "Skip to the result", href="#main", class_="skip"),
        _hatch(),
        tag("div", _contents(page), main, class_="frame"),
        (tag("script", inline_json(value), type_="application/json", id=name) for name, value in data.items()),
        (tag("script", script) for script in scripts),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


@lru_cache
def _resource(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def copied(name: str, text: str, what: str, *, code: bool = False) -> Markup:
    """A text that can be copied, under its heading."""
    button = tag("button", "Copy", type_="button", data_copy=name, aria_label=f"Copy {what.lower()}")
    heading = tag("div", tag("h3", what), tag("div", button, class_="tools"), class_="titled")
    return joined(heading, tag("pre" if code else "div", text, class_="paste", id=name))


def folded(summary: str, block: Markup) -> Markup:
    """A long block, which a phone shows closed."""
    return tag("details", tag("summary", summary), block, open=True, data_phone=True)


def _verdict(page: Page) -> Markup:
    keys = (tag("div", tag("dt", key.meaning), tag("dd", key.value)) for key in page.keys)
    buttons = [("verdict", "Copy verdict")]
    buttons += [(name, f"Copy {name}") for name in ("methods", "references")]
    return tag(
        "section",
        tag("div", tag("h1", page.title), *_lines(page.subject), class_="subject"),
        tag("div", (tag("p", sentence) for sentence in page.verdict), class_="verdict", id="verdict-text"),
        drawn(page.ruler) if page.ruler else None,
        tag("dl", keys, class_="keys") if page.keys else None,
        tag("div", (tag("p", text) for text in page.notices), class_="notice", role="note") if page.notices else None,
        tag(
            "div",
            (
                tag("button", label, type_="button", data_copy="verdict-text" if name == "verdict" else name)
                for name, label in buttons
            ),
            class_="tools",
        ),
        id="verdict",
        aria_label="Verdict",
        style="margin-top:0",
    )


def _lines(texts: Sequence[str]) -> list[Markup]:
    return [part for text in texts for part in (tag("br"), joined(text))][1:]


def _sections(sections: Sequence[Section]) -> list[Markup]:
    number, made = 0, []
    for place, section in enumerate(sections, 1):
        blocks: list[Markup] = []
        for block in section.blocks:
            if isinstance(block, Figure):
                number += 1
                blocks.append(block.markup(number))
            else:
                blocks.append(block)
        heading = tag("h2", tag("span", f"{place} · ", class_="n"), section.title, id=f"{section.name}-title")
        finding = tag("p", section.finding, class_="finding")
        made.append(tag("section", heading, finding, *blocks, id=section.name, aria_labelledby=f"{section.name}-title"))
    return made


def _contents(page: Page) -> Markup:
    entries = [tag("li", tag("a", "Verdict", href="#verdict"))]
    for place, section in enumerate(page.sections, 1):
        name = tag("span", f"{place} {section.title}")
        marks = tag("span", _marks(section.warnings, section.errors))
        entries.append(tag("li", tag("a", name, marks, href=f"#{section.name}")))
    warnings, errors = (sum(getattr(one, kind) for one in page.sections) for kind in ("warnings", "errors"))
    themes = (
        tag("button", name.capitalize(), type_="button", data_set=name, aria_pressed=str(name == "auto").lower())
        for name in ("auto", "light", "dark")
    )
    return tag(
        "nav",
        tag("p", page.program, class_="program"),
        tag("details", tag("summary", "Sections", _marks(warnings, errors)), tag("ol", entries), open=True),
        tag("div", themes, class_="theme", role="group", aria_label="Colours"),
        aria_label="Contents",
    )


def _marks(warnings: int, errors: int) -> list[Markup]:
    kinds = (("△", warnings, "warn", "to look at"), ("✕", errors, "bad", "wrong"))
    return [
        tag("span", f" {sign} {count}", class_=f"mark {style}", title=f"{count} {what}")
        for sign, count, style, what in kinds
        if count
    ]


def _hatch() -> Markup:
    """The pattern of chance levels, for all charts."""
    line = tag("line", x1="0", y1="0", x2="0", y2="6", class_="hatch-line")
    pattern = tag(
        "pattern", line, id="hatch", width="6", height="6", patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )  # fmt: skip
    return tag("svg", tag("defs", pattern), width="0", height="0", style="position:absolute", aria_hidden="true")

"""Figures: a title, a chart drawn for two widths, and a caption in four parts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from realtime.export.report.markup import Markup, joined, tag

WIDE, NARROW = 920, 358  # px for which each chart is drawn; it is never scaled
MOST_WORDS = 35  # in a part of a caption

_PARTS = (("shown", "Shown", ""), ("good", "Good looks like", "good"), ("poor", "Bad looks like", "poor"),
          ("do", "What to do", "do"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caption:
    """What a reader needs to make something of a figure. Raises ValueError for a part that is too long to be read."""

    shown: str
    good: str
    poor: str
    do: str

    def __post_init__(self) -> None:
        for part in fields(self):
            words = len(str(getattr(self, part.name)).split())
            if not 0 < words <= MOST_WORDS:
                raise ValueError(f"the part '{part.name}' of a caption has {words} words, of 1 to {MOST_WORDS}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; `charts` are the same content drawn `WIDE` and `NARROW`, or one drawing that flows into any width."""

    name: str  # of its element and of the file that it is saved as
    title: str
    charts: tuple[Markup, ...]
    caption: Caption
    legend: tuple[Markup, ...] = ()
    svg: bool = True  # whether the charts are one SVG each, which can be saved

    def markup(self, number: int) -> Markup:
        """The element; figures of a page are numbered."""
        copy = tag("button", "Copy caption", type_="button", data_copy=f"{self.name}-caption")
        save = tag("button", "SVG", type_="button", data_svg=self.name) if self.svg else None
        heading = tag("h3", tag("span", f"Figure {number}", class_="n"), self.title)
        legend = tag("ul", (tag("li", entry) for entry in self.legend), class_="legend") if self.legend else None
        parts = (
            tag("div", tag("dt", title), tag("dd", getattr(self.caption, key)), class_=style or None)
            for key, title, style in _PARTS
        )
        return tag(
            "figure",
            tag("div", heading, tag("div", save, copy, class_="tools"), class_="titled"),
            legend,
            drawn(self.charts),
            tag("figcaption", tag("dl", parts, class_="caption", id=f"{self.name}-caption")),
            id=self.name,
        )


def drawn(charts: tuple[Markup, ...]) -> Markup:
    """The drawings, of which the page shows the one for its width."""
    styles = ("chart wide", "chart narrow") if len(charts) > 1 else ("chart",)
    return joined(*(tag("div", chart, class_=style) for chart, style in zip(charts, styles, strict=True)))

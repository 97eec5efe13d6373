"""A drawing as data, and as SVG 1.1.

Every look is an attribute, never a style or a class, so that a drawing is the same on a page under a strict content
policy, in a file, and in print. Colours are those of Okabe and Ito (Color Universal Design, 2008), told apart by
shape and line as well.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from casebook.domain.texts import Language

FONT: Final = "system-ui, 'Noto Sans', 'Noto Sans JP', 'Noto Sans CJK JP', sans-serif"
SIZE: Final = 13.0
SMALL: Final = 12.0
INK: Final = "#16202a"
MUTED: Final = "#5a6773"
LINE: Final = "#b9c3cc"
ACCENT: Final = "#0b6b63"
BLUE: Final = "#0072b2"
VERMILLION: Final = "#d55e00"
GREEN: Final = "#007a57"
"""Bluish green of the set, darkened until a thin mark of it stands out from white."""
ORANGE: Final = "#e69f00"

Look = Mapping[str, str | float]


def stroke(colour: str, width: float = 1.0, **more: str | float) -> Look:
    """The look of a line without filling."""
    return {"fill": "none", "stroke": colour, "stroke-width": width, **more}


def fill(colour: str, **more: str | float) -> Look:
    """The look of a filled shape."""
    return {"fill": colour, **more}


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line of words; `href` is what it opens on a page."""

    words: str
    href: str | None = None
    is_bold: bool = False
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words at a point of its baseline."""

    x: float
    y: float
    runs: tuple[Run, ...]
    anchor: str = "start"
    size: float = SIZE
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Path:
    """A line or an outline; `says` is what a pointer or a screen reader is told of it."""

    d: str
    look: Look
    says: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with what it shows in words, for those who do not see it."""

    width: float
    height: float
    title: str
    description: str
    shapes: Sequence[Words | Path]
    language: Language


def words(x: float, y: float, text: str, *, anchor: str = "start", size: float = SIZE, colour: str = INK) -> Words:
    """A line of plain words."""
    return Words(x, y, (Run(text),), anchor, size, colour)


def bold(x: float, y: float, text: str, *, anchor: str = "start", size: float = SIZE) -> Words:
    """A line of strong words."""
    return Words(x, y, (Run(text, is_bold=True),), anchor, size)


def box(x: float, y: float, width: float, height: float) -> str:
    """The outline of a box."""
    return f"M{n(x)} {n(y)}h{n(width)}v{n(height)}h{n(-width)}Z"


def n(value: float) -> str:
    """A length with a tenth of a unit, without needless digits."""
    return f"{value:.1f}".removesuffix(".0")


def width_of(text: str, size: float = SIZE) -> float:
    """About how wide words are: a full-width character is as wide as high, another a little over half of it."""
    wide = sum(unicodedata.east_asian_width(one) in {"W", "F"} for one in text)
    return size * (wide + 0.56 * (len(text) - wide))


def shortened(text: str, width: float, size: float = SIZE) -> str:
    """The words, cut with an ellipsis where they are wider than there is room."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def svg(figure: Figure, *, key: str, on_page: bool) -> str:
    """The drawing as SVG; on a page with its links and as wide as there is room, else a file of its own size."""
    size = "" if on_page else f' width="{n(figure.width)}" height="{n(figure.height)}"'
    head = "" if on_page else '<?xml version="1.0" encoding="UTF-8"?>\n'
    look = _attributes({"font-family": FONT, "font-size": SIZE})
    role = "group" if on_page else "img"
    parts = [
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(figure.width)} {n(figure.height)}"{size}{look}',
        f'  role="{role}" aria-labelledby="{key}-title {key}-words" lang="{figure.language}">',
        f'<title id="{key}-title">{escape(figure.title)}</title>',
        f'<desc id="{key}-words">{escape(figure.description)}</desc>',
    ]
    if not on_page:
        parts.append(f'<rect width="{n(figure.width)}" height="{n(figure.height)}" fill="#ffffff"/>')
    parts += [_drawn(shape, on_page=on_page) for shape in figure.shapes]
    return "\n".join([*parts, "</svg>\n"])


def _drawn(shape: Words | Path, *, on_page: bool) -> str:
    if isinstance(shape, Path):
        said = f"<title>{escape(shape.says)}</title>" if shape.says else ""
        return (
            f'<path d="{shape.d}"{_attributes(shape.look)}>{said}</path>'
            if said
            else f'<path d="{shape.d}"{_attributes(shape.look)}/>'
        )
    runs = "".join(_run(run, on_page=on_page) for run in shape.runs)
    return (
        f'<text x="{n(shape.x)}" y="{n(shape.y)}" text-anchor="{shape.anchor}" font-size="{n(shape.size)}"'
        f' fill="{shape.colour}">{runs}</text>'
    )


def _run(run: Run, *, on_page: bool) -> str:
    said = escape(run.words)
    is_link = on_page and run.href is not None
    colour = ACCENT if is_link and run.colour is None else run.colour
    looks = _attributes({**({"font-weight": "650"} if run.is_bold else {}), **({"fill": colour} if colour else {})})
    inner = f"<tspan{looks}>{said}</tspan>" if looks else said
    return f"<a href={quoteattr(run.href or '')}>{inner}</a>" if is_link else inner


def _attributes(look: Look) -> str:
    return "".join(f' {name}="{value if isinstance(value, str) else n(value)}"' for name, value in look.items())

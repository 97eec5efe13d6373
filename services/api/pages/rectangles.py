"""Rectangles to blank: marked by two clicks on a picture, or typed; in pixels of the image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi.datastructures import FormData

from casebook.dicom.blanking import Rectangle
from casebook.dicom.examination import Drawn
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text
from services.api.pages.attempts import text

MOST: Final = 4
LARGEST: Final = 65535
SIDES: Final = ("x", "y", "width", "height")
WHOLE_NUMBERS: Final = Text(
    "Give each rectangle as four whole numbers in pixels: x, y, width, height.",
    "範囲は画素単位の整数4つ（x、y、幅、高さ）で指定してください。",
)


@dataclass(frozen=True, slots=True)
class Marked:
    """What was clicked on the picture so far: a corner, or the rectangle between two."""

    corner: tuple[int, int] | None = None
    rectangle: Rectangle | None = None


def marked(clicked: Mapping[str, str], picture: Drawn | None) -> Marked:
    """Return what clicks on a picture mean; a browser sends the place in pixels of the picture it shows."""
    if picture is None:
        return Marked()
    place = _whole(clicked, "corner.x"), _whole(clicked, "corner.y")
    first = _whole(clicked, "x1"), _whole(clicked, "y1")
    if place[0] is None or place[1] is None:
        return Marked()
    x = min(round(place[0] / picture.scale), picture.n_columns - 1)
    y = min(round(place[1] / picture.scale), picture.n_rows - 1)
    if first[0] is None or first[1] is None:
        return Marked(corner=(x, y))
    left, upper = min(x, first[0]), min(y, first[1])
    return Marked(rectangle=Rectangle(left, upper, abs(x - first[0]) + 1, abs(y - first[1]) + 1))


def rectangles(posted: FormData) -> tuple[Rectangle, ...]:
    """Return the rectangles that were typed; rows left empty are none. Raises Invalid for half a one."""
    found = []
    for number in range(1, MOST + 1):
        said = [text(posted, f"{side}_{number}") for side in SIDES]
        if not any(said):
            continue
        if not all(one.isascii() and one.isdigit() and int(one) <= LARGEST for one in said):
            raise Invalid(WHOLE_NUMBERS, field="blank")
        found.append(Rectangle(*map(int, said)))
    return tuple(found)


def _whole(clicked: Mapping[str, str], name: str) -> int | None:
    said = clicked.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= len(str(LARGEST)) else None

"""The drawing of what came of which lesion: a column per generation, a line from each lesion to what it became."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casebook.domain.lesion_events import LesionBook, natural

COLUMN: Final = 130
ROW: Final = 34
LEFT: Final = 40
TOP: Final = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A lesion on the drawing, by its middle."""

    label: str
    x: float
    y: float
    state: str
    origin: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The drawing with its size; `lines` are (from x, from y, to x, to y)."""

    nodes: tuple[Node, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    width: float
    height: float


def lineage(book: LesionBook) -> Lineage | None:
    """Return the drawing of the lesions that events joined; None where there were none."""
    joined = {label for label, standing in book.lesions.items() if standing.parents}
    joined |= {parent for label in joined for parent in book.lesions[label].parents}
    if not joined:
        return None
    depth = {label: _depth(book, label) for label in joined}
    at: dict[str, float] = {}
    for generation in range(max(depth.values()) + 1):
        _place([label for label in natural(joined) if depth[label] == generation], book, at)
    nodes = tuple(
        Node(label, LEFT + COLUMN * depth[label], at[label], book.lesions[label].state, book.lesions[label].origin)
        for label in natural(joined)
    )
    x = {node.label: node.x for node in nodes}
    lines = tuple(
        (x[parent], at[parent], x[label], at[label])
        for label in natural(joined)
        for parent in natural(book.lesions[label].parents)
    )
    return Lineage(nodes, lines, max(x.values()) + LEFT, max(at.values()) + TOP)


def _depth(book: LesionBook, label: str) -> int:
    return max((_depth(book, parent) + 1 for parent in book.lesions[label].parents), default=0)


def _place(labels: list[str], book: LesionBook, at: dict[str, float]) -> None:
    """Put a generation beside its parents, each in a row of its own."""
    wanted = {label: _beside(book, label, at) for label in labels}
    y: float = TOP - ROW
    for label in sorted(labels, key=lambda label: (wanted[label], labels.index(label))):
        y = max(y + ROW, wanted[label])
        at[label] = y


def _beside(book: LesionBook, label: str, at: Mapping[str, float]) -> float:
    parents = book.lesions[label].parents
    if not parents:
        return TOP
    middle = sum(at[parent] for parent in parents) / len(parents)
    siblings = natural(other for other, standing in book.lesions.items() if standing.parents == parents)
    return max(TOP, middle + ROW * (siblings.index(label) - (len(siblings) - 1) / 2))

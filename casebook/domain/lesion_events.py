"""The life of a subject's lesions: the list before it is locked, and the events after.

A lesion keeps its label for good. Until the baseline list is locked it is added, changed, or left as entered in error;
after the lock it splits, merges, or is left so, and a lesion that appeared later joins as new. Nothing is deleted and
no label is given twice, so that images, forms and specimens speak of the same lesion at every timepoint
(`central-reading.md`, lesion identity; decision 19).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text

LABEL: Final = re.compile(r"^[A-Z][0-9]{1,3}$")
FIRST_LETTER: Final = "L"
HIGHEST_NUMBER: Final = 999
FEWEST_PARTS: Final = 2
"""A split has at least two children, a merge at least two parents."""
MOST_PARTS: Final = 12
"""More in one event is a typing error."""


class Origin(StrEnum):
    """How a lesion came onto the list."""

    BASELINE = "baseline"
    SPLIT = "split"
    MERGE = "merge"
    NEW = "new"


class LesionState(StrEnum):
    """Whether a lesion still stands, or how it ended."""

    ACTIVE = "active"
    SPLIT = "split"
    MERGED = "merged"
    VOID = "void"


class EventKind(StrEnum):
    """What can happen to lesions once the baseline list is locked."""

    SPLIT = "split"
    MERGE = "merge"
    NEW = "new"
    VOID = "void"


class Part(StrEnum):
    """A lesion's part in an event."""

    ENDED = "ended"
    CAME = "came"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules know of one lesion; `parents` are the lesions whose end brought it about."""

    origin: Origin = Origin.BASELINE
    state: LesionState = LesionState.ACTIVE
    parents: frozenset[str] = frozenset()

    @property
    def is_active(self) -> bool:
        """Still stands: it may take part in events, and forms and reads ask about it."""
        return self.state is LesionState.ACTIVE


@dataclass(frozen=True, slots=True)
class LesionBook:
    """All lesions a subject ever had, by label."""

    is_locked: bool = False
    lesions: Mapping[str, Standing] = field(default_factory=dict)

    def with_lesions(self, changed: Mapping[str, Standing]) -> "LesionBook":
        """Return the book with these lesions in place of what it said of them."""
        return replace(self, lesions={**self.lesions, **changed})

    def children_of(self, label: str) -> tuple[str, ...]:
        """Return what came of a lesion, in natural order."""
        return natural(child for child, standing in self.lesions.items() if label in standing.parents)

    def ancestors_of(self, label: str) -> frozenset[str]:
        """Return the baseline lesions that a lesion goes back to; one of the baseline goes back to itself."""
        standing = self.lesions[label]
        if standing.origin is Origin.BASELINE:
            return frozenset({label})
        return frozenset().union(*(self.ancestors_of(parent) for parent in standing.parents))


def in_order(label: str) -> tuple[str, int]:
    """Return the key that sorts labels as people count: L2 before L10."""
    return label[:1], int(label[1:])


def natural(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels in natural order."""
    return tuple(sorted(labels, key=in_order))


def next_labels(used: Iterable[str], n: int = 1) -> tuple[str, ...]:
    """Return the labels that follow the highest one ever used. Raises Refused where there are none left."""
    highest = max((int(label[1:]) for label in used if label.startswith(FIRST_LETTER)), default=0)
    if highest + n > HIGHEST_NUMBER:
        last = f"{FIRST_LETTER}{HIGHEST_NUMBER}"
        raise Refused(Text(f"The labels end at {last}.", f"病変番号は{last}までです。"), field="label")
    return tuple(f"{FIRST_LETTER}{highest + number}" for number in range(1, n + 1))


def added(book: LesionBook, label: str) -> LesionBook:
    """Put a lesion on the list that is not locked yet."""
    require_open(book)
    return book.with_lesions(_newcomers(book, [label], Standing()))


def require_changeable(book: LesionBook, label: str) -> None:
    """Raise unless what is written of a lesion may still be changed."""
    require_open(book)
    _active(book, label)


def voided(book: LesionBook, label: str) -> LesionBook:
    """End a lesion that was entered in error; it stays readable."""
    return book.with_lesions({label: replace(_active(book, label), state=LesionState.VOID)})


def locked(book: LesionBook) -> LesionBook:
    """Lock the list as agreed. Raises Refused for a list without an active lesion."""
    require_open(book)
    if not any(standing.is_active for standing in book.lesions.values()):
        raise Refused(
            Text(
                "The list has no lesion; add those of the baseline images first.",
                "リストに病変がありません。先にベースライン画像の病変を追加してください。",
            )
        )
    return replace(book, is_locked=True)


def unlocked(book: LesionBook, *, is_read: bool) -> LesionBook:
    """Open the list again; `is_read` tells of a signed central read of it, which keeps it locked."""
    if not book.is_locked:
        raise Refused(Text("The baseline list is not locked.", "ベースライン病変リストは固定されていません。"))
    if is_read:
        raise Refused(
            Text(
                "A central read of this list is signed; it stays locked. What changes now is an event.",
                "このリストの中央判定が署名済みのため、固定は解除できません。以後の変更はイベントとして記録してください。",
            )
        )
    return replace(book, is_locked=False)


def split(book: LesionBook, parent: str, children: Sequence[str]) -> LesionBook:
    """End one lesion in two or more new ones."""
    require_locked(book)
    ending = _active(book, parent)
    _require_parts(len(children), Text("A lesion splits into", "分割後の病変は"))
    origin = Origin.SPLIT if book.ancestors_of(parent) else Origin.NEW
    came = _newcomers(book, children, Standing(origin, parents=frozenset({parent})))
    return book.with_lesions({parent: replace(ending, state=LesionState.SPLIT), **came})


def merged(book: LesionBook, parents: Sequence[str], child: str) -> LesionBook:
    """End two or more lesions in one new one, which goes back to all their baseline lesions."""
    require_locked(book)
    ending = {parent: replace(_active(book, parent), state=LesionState.MERGED) for parent in parents}
    _require_parts(len(ending), Text("A merge takes", "融合する病変は"))
    ancestors = frozenset().union(*(book.ancestors_of(parent) for parent in parents))
    origin = Origin.MERGE if ancestors else Origin.NEW
    return book.with_lesions({**ending, **_newcomers(book, [child], Standing(origin, parents=frozenset(parents)))})


def appeared(book: LesionBook, label: str) -> LesionBook:
    """Take in a lesion that was not there at baseline; it stays outside the primary set."""
    require_locked(book)
    return book.with_lesions(_newcomers(book, [label], Standing(Origin.NEW)))


def require_open(book: LesionBook) -> None:
    """Raise Refused once the baseline list is locked."""
    if book.is_locked:
        raise Refused(
            Text(
                "The subject's lesion list is locked; what changes now is an event with a reason.",
                "病変リストは固定されています。以後の変更は理由を付けてイベントとして記録してください。",
            )
        )


def require_locked(book: LesionBook) -> None:
    """Raise Refused until the baseline list is locked."""
    if not book.is_locked:
        raise Refused(
            Text(
                "The baseline list is not locked yet; change the list itself.",
                "ベースライン病変リストはまだ固定されていません。リストを直接変更してください。",
            )
        )


def _active(book: LesionBook, label: str) -> Standing:
    standing = book.lesions.get(label)
    if standing is None:
        raise Invalid(Text(f"The list has no lesion {label}.", f"病変{label}はリストにありません。"), field="lesions")
    if not standing.is_active:
        raise Refused(
            Text(
                f"{label} has ended ({standing.state}); nothing more happens to it.",
                f"{label}はすでに終了しています（{standing.state}）。以後の記録はできません。",
            ),
            field="lesions",
        )
    return standing


def _newcomers(book: LesionBook, labels: Sequence[str], standing: Standing) -> dict[str, Standing]:
    for label in labels:
        if not LABEL.match(label):
            raise Invalid(
                Text(
                    f"Found the label “{label}”; expected a letter and a number, as L1.",
                    f"病変番号「{label}」は使えません。L1のように英字1文字と数字で入力してください。",
                ),
                field="label",
            )
        if label in book.lesions:
            raise Refused(
                Text(
                    f"The label {label} was given already; no label is given twice.",
                    f"病変番号{label}は使用済みです。同じ番号は二度使えません。",
                ),
                field="label",
            )
    if len(set(labels)) < len(labels):
        raise Refused(
            Text("A label stands twice; each new lesion needs its own.", "同じ病変番号が重複しています。"),
            field="label",
        )
    return dict.fromkeys(labels, standing)


def _require_parts(n: int, what: Text) -> None:
    if not FEWEST_PARTS <= n <= MOST_PARTS:
        limits = f"{FEWEST_PARTS} to {MOST_PARTS}", f"{FEWEST_PARTS}〜{MOST_PARTS}"
        raise Invalid(
            Text(f"{what.en} {limits[0]} lesions; found {n}.", f"{what.ja}{limits[1]}個です（現在 {n}個）。"),
            field="lesions",
        )

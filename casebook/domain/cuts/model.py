"""What a data cut is called, what its files are, and how giving one out can end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text

LONGEST_NAME: Final = 60
LONGEST_PURPOSE: Final = 500
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EVERYTHING: Final = "all"
"""What stands for all formats, and for what was kept beside."""
ODM: Final = "odm"
"""What stands for the snapshot of the records, which was written when the cut was made."""


class FileKind(StrEnum):
    """What a file of a cut holds."""

    SOURCE = "source"
    """A table as it stood, one row a line."""
    DATASET = "dataset"
    """An analysis or SDTM dataset."""
    ENDPOINT = "endpoint"
    """The table of the endpoint, and how each lesion's outcome came about."""
    CHECK = "check"
    """What the datasets' own checks found."""
    SNAPSHOT = "snapshot"
    """Records with their audit trail, as ODM."""
    IMAGES = "images"
    """Which images there were, with their SHA-256."""


class OrderState(StrEnum):
    """How far an order for a cut is."""

    WAITING = "waiting"
    MAKING = "making"
    MADE = "made"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Somebody still waits for it."""
        return self in {OrderState.WAITING, OrderState.MAKING}


class Step(StrEnum):
    """What is at hand while a cut is made, in order."""

    ENDPOINT = "endpoint"
    SOURCE = "source"
    DATASETS = "datasets"
    CHECKS = "checks"
    SNAPSHOT = "snapshot"
    KEEPING = "keeping"


class ExportResult(StrEnum):
    """How the files of an export compare with those of the first one in that format."""

    FIRST = "first"
    EQUAL = "equal"
    DIFFERENT = "different"


class CutChanged(Refused):
    """A cut would be given out with other bytes than before."""

    code = "cut-changed"


class CutDamaged(Refused):
    """A kept file of a cut is not what it was."""

    code = "cut-damaged"


class NameTaken(Refused):
    """A cut or an order has the name already."""

    code = "name-taken"


def name_taken(name: str) -> NameTaken:
    """Say that a name is gone: a cut is made once."""
    return NameTaken(
        Text(
            f"There is a data cut “{name}” already, or one is being made; a cut is made once: choose another name.",
            f"データカット「{name}」はすでに存在するか、作成中です。別の名前を付けてください。",
        ),
        field="name",
    )


def require_name(name: str) -> str:
    """Return a name that files, addresses and programs can carry. Raises Invalid."""
    if len(name) <= LONGEST_NAME and _NAME.fullmatch(name):
        return name
    raise Invalid(
        Text(
            f"A cut's name has 1 to {LONGEST_NAME} letters, digits, dots, hyphens or underscores (A-Z, a-z, 0-9) and "
            "begins with a letter or digit, such as interim-2027-01.",
            f"データカットの名前は英数字で始まる{LONGEST_NAME}字以内の英数字・ドット・ハイフン・下線です"
            "（例：interim-2027-01）。",
        ),
        field="name",
    )


def require_purpose(purpose: str) -> str:
    """Return what a cut is for. Raises Invalid where nothing is said, or too much."""
    said = " ".join(purpose.split())
    if not said or len(said) > LONGEST_PURPOSE:
        raise Invalid(
            Text(
                f"Say what the cut is for, in at most {LONGEST_PURPOSE} characters.",
                f"データカットの目的を{LONGEST_PURPOSE}字以内で入力してください。",
            ),
            field="purpose",
        )
    return said


Digests = Mapping[str, str]
"""SHA-256 by path, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How an export compares with the first one of its format; `differing` are the paths that are not the same."""

    result: ExportResult
    differing: tuple[str, ...] = ()


def judge_export(first: Digests | None, now: Digests) -> Judged:
    """Compare files, by path, with those of the first time; None where this is the first time."""
    if first is None:
        return Judged(ExportResult.FIRST)
    differing = tuple(sorted(path for path in first.keys() | now.keys() if first.get(path) != now.get(path)))
    return Judged(ExportResult.DIFFERENT if differing else ExportResult.EQUAL, differing)

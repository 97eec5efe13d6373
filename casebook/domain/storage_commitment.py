"""Storage commitment, push model (PS3.4 J): of which objects we say that they are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Failure(IntEnum):
    """Failure Reason (0008,1197), PS3.3 C.14.1.1."""

    PROCESSING_FAILURE = 0x0110
    NO_SUCH_OBJECT = 0x0112
    CLASS_INSTANCE_CONFLICT = 0x0119


@dataclass(frozen=True, slots=True)
class Reference:
    """An object as its sender names it."""

    sop_class_uid: str
    sop_uid: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the archive says of an object: its class, and whether its bytes are those that were stored."""

    sop_class_uid: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Which objects are kept, and why the others are not said to be."""

    committed: tuple[Reference, ...]
    failed: tuple[tuple[Reference, Failure], ...]


def judge(references: Iterable[Reference], kept: Mapping[str, Sequence[Kept]]) -> Answer:
    """Commit to what is there, of the class named, and whole; `kept` is by the sender's UID."""
    committed: list[Reference] = []
    failed: list[tuple[Reference, Failure]] = []
    for reference in references:
        failure = _failure(reference, kept.get(reference.sop_uid, ()))
        if failure is None:
            committed.append(reference)
        else:
            failed.append((reference, failure))
    return Answer(tuple(committed), tuple(failed))


def _failure(reference: Reference, found: Sequence[Kept]) -> Failure | None:
    if not found:
        return Failure.NO_SUCH_OBJECT
    if any(one.sop_class_uid != reference.sop_class_uid for one in found):
        return Failure.CLASS_INSTANCE_CONFLICT
    if not all(one.is_whole for one in found):
        return Failure.PROCESSING_FAILURE
    return None

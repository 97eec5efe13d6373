"""The steps of a central read, each locked before the next opens.

So that “CT alone” and “CT and MRI” come honestly from the same reader: what was said on CT cannot be changed once the
diffusion images are open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from casebook.domain.errors import Refused
from casebook.domain.imaging import SEQUENCE_OF_ROLE, Judged
from casebook.domain.study.reading import ReadingCharter, ReadingStep
from casebook.domain.texts import Text


class StepRefused(Refused):
    """The step is not the open one, or not complete."""

    code = "reading-step"


class StepState(StrEnum):
    """How far a step is."""

    LOCKED = "locked"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StandingStep:
    """A step as it stands within one read."""

    step: ReadingStep
    state: StepState


def standing(charter: ReadingCharter, n_locked: int) -> tuple[StandingStep, ...]:
    """Return every step in order: the locked ones, the one that is read now, those that wait."""
    return tuple(StandingStep(step, _state(number, n_locked)) for number, step in enumerate(charter.steps))


def _state(number: int, n_locked: int) -> StepState:
    if number < n_locked:
        return StepState.LOCKED
    return StepState.OPEN if number == n_locked else StepState.CLOSED


def require_open(charter: ReadingCharter, n_locked: int, judged: Judged) -> None:
    """Raise StepRefused unless verdicts on this are given in the step that is open; the message says which that is."""
    steps = {item.step.judged: item for item in standing(charter, n_locked)}
    item = steps.get(judged)
    if item is None:
        raise StepRefused(f"The charter has no step that judges “{judged}”.", field="judged")
    if item.state is StepState.OPEN:
        return
    if item.state is StepState.LOCKED:
        raise StepRefused(
            Text(
                f"The step “{item.step.label.en}” is locked; after signing, a new version with a reason can change it.",
                f"「{item.step.label.ja}」は固定済みです。署名後に理由を添えて新しい版を作ると変更できます。",
            )
        )
    now = next(other.step for other in steps.values() if other.state is StepState.OPEN)
    raise StepRefused(
        Text(
            f"The step “{item.step.label.en}” is not open yet; lock “{now.label.en}” first.",
            f"「{item.step.label.ja}」はまだ開いていません。先に「{now.label.ja}」を固定してください。",
        )
    )


def require_lockable(charter: ReadingCharter, n_locked: int, code: str, missing: Sequence[str]) -> None:
    """Raise StepRefused unless the step of this code is open and complete; the message names the empty cells."""
    step = next((item for item in charter.steps if item.code == code), None)
    if step is None:
        raise StepRefused(f"The charter has no step “{code}”.", field="step")
    require_open(charter, n_locked, step.judged)
    if missing:
        raise StepRefused(f"The step “{step.label.en}” is not complete: {', '.join(missing)}.", field="findings")


def open_roles(charter: ReadingCharter, n_locked: int) -> list[str] | None:
    """Return the roles of the series that are open: of every step up to the one that is read; None for all of them."""
    shown = {
        sequence
        for item in standing(charter, n_locked)
        if item.state is not StepState.CLOSED
        for sequence in item.step.sequences
    }
    if shown == set(charter.sequences):
        return None
    return sorted(role.value for role, sequence in SEQUENCE_OF_ROLE.items() if sequence in shown)

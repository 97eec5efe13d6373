"""The operations of a subject, as they concern its lesions."""

from dataclasses import dataclass
from datetime import date

from casebook.domain.datasets.material import FilledForm, SubjectMaterial
from casebook.domain.forms.values import Answers, words_of


@dataclass(frozen=True, slots=True)
class OperatedLesion:
    """What the first operation of a lesion did with it."""

    operated_on: date
    form: FilledForm
    answers: Answers


def operations(subject: SubjectMaterial, as_of: date) -> list[tuple[date, FilledForm]]:
    """Return the subject's operations up to a day, the first one first."""
    return [(day, one) for day, one in subject.filled("surgery", "operated_on") if day <= as_of]


def first_operation(subject: SubjectMaterial, label: str, as_of: date) -> OperatedLesion | None:
    """Return the first operation that speaks of a lesion."""
    return next(
        (
            OperatedLesion(day, one, one.entry.lesions[label])
            for day, one in operations(subject, as_of)
            if label in one.entry.lesions
        ),
        None,
    )


def ultrasound_said(operated: OperatedLesion) -> str | None:
    """Return what intra-operative ultrasound said of the lesion, as the datasets spell it."""
    done = operated.form.entry.word("ultrasound")
    if done in {None, "not-done"}:
        return "NOT DONE" if done else None
    found = {"seen": "SEEN", "not-seen": "NOT SEEN", "not-evaluable": "NOT EVALUABLE"}
    return found.get(next(iter(words_of(operated.answers.get("ultrasound_finding"))), ""))

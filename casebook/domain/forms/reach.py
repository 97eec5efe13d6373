"""The answers a check can reach from one entry: its own, those of the subject's other forms, and the anchors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.edit_checks import Operand, Where
from casebook.domain.forms.values import Entry, Missing, PartialDate, Value, words_of


@dataclass(frozen=True, slots=True)
class Scope:
    """One entry under judgement, with what it is judged against; `segments` by the label of the lesion."""

    form: FormDefinition
    entry: Entry
    anchors: Mapping[str, date]
    others: Mapping[str, tuple[Entry, ...]]
    segments: Mapping[str, str]

    def entries(self, form: str) -> Sequence[Entry]:
        """The entries of a form that count: of its own form only the one under judgement."""
        return (self.entry,) if form == self.form.code else self.others.get(form, ())


@dataclass(frozen=True, slots=True)
class Found:
    """One answer. `path` is its field where it stands in the entry under judgement, `lesion` the row it is of."""

    value: Value
    path: str | None = None
    lesion: str | None = None
    entry: Entry | None = None

    def is_about(self, other: "Found") -> bool:
        """Not of another lesion."""
        return self.lesion is None or other.lesion is None or self.lesion == other.lesion

    def says(self, answers: tuple[str, ...]) -> bool:
        """Gives one of these answers; any answer where none is named."""
        return not answers or not words_of(self.value).isdisjoint(answers)

    @property
    def number(self) -> Decimal | None:
        """The answer, where it is a number."""
        return self.value if isinstance(self.value, Decimal) else None

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day a date can mean."""
        if isinstance(self.value, PartialDate):
            return self.value.earliest, self.value.latest
        return (self.value, self.value) if isinstance(self.value, date) else None


def answers_in_reach(scope: Scope, operand: Operand, where: Where | None = None) -> Iterator[Found]:
    """The answers to a field in every entry that counts; what is missing for a reason is no answer."""
    if operand.form is None:
        day = scope.anchors.get(operand.field)
        if day is not None:
            yield Found(day)
        return
    filtered = where if where is not None and where.field.form == operand.form else None
    for entry in scope.entries(operand.form):
        for found in answers_of(entry, operand, under_judgement=entry is scope.entry):
            if filtered is None or _takes_part(entry, found, filtered):
                yield found


def answers_of(entry: Entry, operand: Operand, *, under_judgement: bool = False) -> Iterator[Found]:
    """The answers to a field in one entry: one, or one per lesion."""
    rows = entry.lesions if operand.per_lesion else {None: entry.answers}
    for label, answers in rows.items():
        value = answers.get(operand.field)
        if value is not None and not isinstance(value, Missing):
            path = operand.field if label is None else f"lesions.{label}.{operand.field}"
            yield Found(value, path if under_judgement else None, label, entry)


def _takes_part(entry: Entry, found: Found, where: Where) -> bool:
    return any(item.is_about(found) and item.says(where.answers) for item in answers_of(entry, where.field))

"""Running the edit checks of the study definition over an entry and the subject's other entries."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.edit_checks import EditCheck, Operand, Severity
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.values import Answers, Entry, PartialDate
from casebook.domain.texts import Text

Dated = tuple[str | None, date, date]
"""A date in reach of a check: the field of this entry it stands in (None elsewhere), earliest and latest meaning."""


def broken_checks(
    form: FormDefinition,
    entry: Entry,
    checks: Sequence[EditCheck],
    anchors: Mapping[str, date],
    others: Mapping[str, tuple[Entry, ...]],
) -> list[tuple[Severity, Fault]]:
    """The checks that concern this form and do not hold, each once per pair of dates that breaks it."""
    broken: list[tuple[Severity, Fault]] = []
    for check in checks:
        if form.code not in {check.earlier.form, check.later.form}:
            continue
        for earlier, later in _pairs(form, entry, check, anchors, others):
            if not _holds(check, earlier, later):
                field = later[0] or earlier[0] or ""
                broken.append((check.severity, Fault(field, check.code, _said(check, earlier, later))))
    return list(dict.fromkeys(broken))


def _pairs(
    form: FormDefinition,
    entry: Entry,
    check: EditCheck,
    anchors: Mapping[str, date],
    others: Mapping[str, tuple[Entry, ...]],
) -> Iterator[tuple[Dated, Dated]]:
    for earlier in _dates(check.earlier, form, entry, anchors, others):
        for later in _dates(check.later, form, entry, anchors, others):
            same_row = earlier[0] is None or later[0] is None or _row(earlier[0], later[0])
            if same_row:
                yield earlier, later


def _row(one: str, other: str) -> bool:
    """Two fields of one entry belong together unless they stand in rows of different lesions."""
    first, second = one.split("."), other.split(".")
    return len(first) == 1 or len(second) == 1 or first[1] == second[1]


def _dates(
    operand: Operand,
    form: FormDefinition,
    entry: Entry,
    anchors: Mapping[str, date],
    others: Mapping[str, tuple[Entry, ...]],
) -> list[Dated]:
    if operand.form is None:
        day = anchors.get(operand.field)
        return [] if day is None else [(None, day, day)]
    if operand.form == form.code:
        return _dates_of(operand, entry)
    found = [dated for other in others.get(operand.form, ()) for dated in _dates_of(operand, other)]
    return [(None, earliest, latest) for _, earliest, latest in found]


def _dates_of(operand: Operand, entry: Entry) -> list[Dated]:
    rows: dict[str, Answers] = {"": entry.answers}
    if operand.per_lesion:
        rows = {f"lesions.{label}.": answers for label, answers in entry.lesions.items()}
    found: list[Dated] = []
    for prefix, answers in rows.items():
        value = answers.get(operand.field)
        if isinstance(value, PartialDate):
            found.append((prefix + operand.field, value.earliest, value.latest))
        elif isinstance(value, date):
            found.append((prefix + operand.field, value, value))
    return found


def _holds(check: EditCheck, earlier: Dated, later: Dated) -> bool:
    """Partial dates get the benefit of the doubt."""
    in_order = earlier[1] <= later[2]
    near = check.max_days is None or later[1] - earlier[2] <= timedelta(days=check.max_days)
    return in_order and near


def _said(check: EditCheck, earlier: Dated, later: Dated) -> Text:
    return Text(
        f"{check.message.en} ({earlier[1]}, {later[1]})",
        f"{check.message.ja}（{earlier[1]}、{later[1]}）",
    )

"""Which lesions an entry has a row for."""

from collections.abc import Mapping
from datetime import date

from casebook.domain.forms.definition import FormDefinition, LesionRows
from casebook.domain.forms.values import Entry
from casebook.domain.texts import Text


def asked_lesions(
    form: FormDefinition, entry: Entry, lesions: tuple[str, ...], others: Mapping[str, tuple[Entry, ...]]
) -> tuple[tuple[str, ...], Text]:
    """The labels the form asks about, in the order of the lesion list, and why any other has no row.

    Where rows depend on another form, each lesion's latest row there counts: of entries dated on or before this
    one (before it, for entries of the same form), or of those that share the answer `match_on`.
    """
    rows = form.lesion_rows
    if rows is None:
        return (), Text("this form has no lesion rows", "この様式に病変ごとの欄はありません")
    if rows.form is None or rows.field is None:
        return lesions, Text("is not a lesion of this subject", "この症例の病変ではありません")
    latest = _latest_answers(form, rows, entry, others)
    asked = tuple(
        label
        for label in lesions
        if (label in latest and latest[label] in rows.answers) or (label not in latest and rows.or_no_row)
    )
    return asked, Text(
        f"has no row here: asked only where {rows.field} is {' or '.join(rows.answers)}",
        f"この様式の対象ではありません（{rows.field} が {'・'.join(rows.answers)} の病変のみ）",
    )


def _latest_answers(
    form: FormDefinition, rows: LesionRows, entry: Entry, others: Mapping[str, tuple[Entry, ...]]
) -> dict[str, object]:
    assert rows.form is not None
    assert rows.field is not None
    dated_by = form.dated_by if rows.form == form.code else rows.dated_by
    candidates = [other for other in others.get(rows.form, ()) if _counts(form, rows, entry, other, dated_by)]
    latest: dict[str, object] = {}
    for other in sorted(candidates, key=lambda item: _day(item, dated_by)):
        for label, answers in other.lesions.items():
            if rows.field in answers:
                latest[label] = answers[rows.field]
    return latest


def _counts(form: FormDefinition, rows: LesionRows, entry: Entry, other: Entry, dated_by: str | None) -> bool:
    if rows.match_on is not None:
        return entry.answers.get(rows.match_on) == other.answers.get(rows.match_on)
    today = entry.day(form.dated_by) if form.dated_by else None
    if today is None:
        return True
    then = _day(other, dated_by)
    return then < today if rows.form == form.code else then <= today


def _day(entry: Entry, dated_by: str | None) -> date:
    return (entry.day(dated_by) if dated_by else None) or date.min

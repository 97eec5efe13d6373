"""Edit checks of a definition: each `kind` has keys of its own."""

from collections.abc import Callable, Mapping
from typing import Final

from casebook.domain.forms.edit_checks import (
    AtMost,
    CheckKind,
    EditCheck,
    Implies,
    Operand,
    Order,
    Pace,
    Rule,
    SegmentIn,
    Severity,
    Where,
)
from casebook.domain.study.load_forms import CODE
from casebook.domain.study.section import Section


def edit_checks(top: Section) -> tuple[EditCheck, ...]:
    """Every `[[edit_checks]]`; the kind is `order` where none is named."""
    found = []
    for item in top.sections("edit_checks", optional=True):
        with item:
            kind = item.choice("kind", CheckKind, default=CheckKind.ORDER)
            found.append(
                EditCheck(
                    code=item.text("code", pattern=CODE),
                    rule=_READERS[kind](item),
                    severity=item.choice("severity", Severity),
                    message=item.label("message"),
                    source=item.text("source"),
                )
            )
    return tuple(found)


def _order(item: Section) -> Order:
    return Order(
        earlier=_operand(item, "earlier"),
        later=_operand(item, "later"),
        max_days=item.optional_integer("max_days", minimum=0),
        where=_where(item) if "where" in item else None,
    )


def _where(check: Section) -> Where:
    with check.section("where") as item:
        return Where(_operand(item, "field"), item.texts("answers"))


def _at_most(item: Section) -> AtMost:
    return AtMost(lower=_operand(item, "lower"), upper=_operand(item, "upper"))


def _pace(item: Section) -> Pace:
    min_days = item.integer("min_days", minimum=0)
    return Pace(
        count=_operand(item, "count"),
        earlier=_operand(item, "earlier"),
        later=_operand(item, "later"),
        min_days=min_days,
        max_days=item.integer("max_days", minimum=min_days),
    )


def _segment_in(item: Section) -> SegmentIn:
    return SegmentIn(
        lesions=_operand(item, "lesions"), answers=item.texts("answers"), segments=_operand(item, "segments")
    )


def _implies(item: Section) -> Implies:
    return Implies(
        given=_operand(item, "given"),
        given_answers=item.texts("given_answers", default=()),
        then=_operand(item, "then"),
        then_answers=item.texts("then_answers"),
        match_on=item.optional_text("match_on"),
        must_exist=item.flag("must_exist", default=False),
    )


def _operand(item: Section, key: str) -> Operand:
    words = item.text(key)
    if words.startswith("anchor:"):
        return Operand(None, words.removeprefix("anchor:"))
    form, _, field = words.partition(".")
    if words and not field:
        item.note(key, f"found “{words}”; expected “form.field”, “form.lesions.field” or “anchor:name”")
    per_lesion = field.startswith("lesions.")
    return Operand(form, field.removeprefix("lesions."), per_lesion)


_READERS: Final[Mapping[CheckKind, Callable[[Section], Rule]]] = {
    CheckKind.ORDER: _order,
    CheckKind.AT_MOST: _at_most,
    CheckKind.PACE: _pace,
    CheckKind.SEGMENT_IN: _segment_in,
    CheckKind.IMPLIES: _implies,
}

"""Whether edit checks name fields that exist, of the types their kinds compare, with answers those fields take."""

from collections.abc import Sequence
from typing import Final

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition
from casebook.domain.forms.edit_checks import AtMost, Implies, Operand, Order, Pace, SegmentIn, Where
from casebook.domain.imaging import SEGMENTS
from casebook.domain.study.model import Anchor, StudyDefinition
from casebook.domain.study.problems import Path
from casebook.domain.study.section import Faults

_DATES: Final = frozenset({FieldType.DATE, FieldType.PARTIAL_DATE})
_DAYS: Final = frozenset({FieldType.DATE})
_NUMBERS: Final = frozenset({FieldType.NUMBER})
_CODED: Final = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.BOOLEAN})
_LISTS: Final = frozenset({FieldType.CHOICES})


def answers_of(field: FieldDefinition) -> list[str]:
    """The codes a condition on this field can name."""
    if field.type is FieldType.BOOLEAN:
        return ["yes", "no"]
    return [choice.code for choice in field.choices]


def note_broken_edit_checks(study: StudyDefinition, faults: Faults) -> None:
    """Note every name and answer of the edit checks that leads nowhere."""
    for n, check in enumerate(study.edit_checks):
        look = _Look(study, ("edit_checks", n), faults)
        match check.rule:
            case Order():
                look.order(check.rule)
            case AtMost():
                look.field("lower", check.rule.lower, _NUMBERS)
                look.field("upper", check.rule.upper, _NUMBERS)
            case Pace():
                look.pace(check.rule)
            case SegmentIn():
                look.segments(check.rule)
            case Implies():
                look.implies(check.rule)


class _Look:
    """One check, its place in the text, and the study it is of."""

    def __init__(self, study: StudyDefinition, path: Path, faults: Faults) -> None:
        self.study = study
        self.path = path
        self.faults = faults

    def note(self, key: str, message: str) -> None:
        """Note a fault of a key of the check."""
        self.faults.note_reference((*self.path, key), message)

    def order(self, rule: Order) -> None:
        """Two dates or anchors; a filter is on one of their forms."""
        self.field("earlier", rule.earlier, _DATES, anchors=True)
        self.field("later", rule.later, _DATES, anchors=True)
        if rule.where is not None:
            self.where(rule.where, [item.form for item in (rule.earlier, rule.later) if item.form is not None])

    def where(self, where: Where, forms: Sequence[str]) -> None:
        """A field with choices of a form the check reads."""
        path = (*self.path, "where", "field")
        if where.field.form not in forms:
            self.faults.expect_known(path, str(where.field.form), forms)
            return
        self.answers(path, where.field, (*self.path, "where", "answers"), where.answers)

    def pace(self, rule: Pace) -> None:
        """A count and two dates of one form."""
        self.field("count", rule.count, _NUMBERS)
        self.field("earlier", rule.earlier, _DAYS)
        self.field("later", rule.later, _DAYS)
        self.one_form("earlier", rule.count, rule.earlier)
        self.one_form("later", rule.count, rule.later)

    def one_form(self, key: str, one: Operand, other: Operand) -> None:
        """Both stand on one form, outside its lesion rows."""
        if other.form != one.form or other.per_lesion or one.per_lesion:
            self.note(key, f"found {other}; expected a field of the form {one.form} that is asked once")

    def segments(self, rule: SegmentIn) -> None:
        """A lesion field with choices, and a list of segments of the same form."""
        self.answers((*self.path, "lesions"), rule.lesions, (*self.path, "answers"), rule.answers)
        if not rule.lesions.per_lesion:
            self.note("lesions", f"found {rule.lesions}; expected a field of lesion rows, “form.lesions.field”")
        listed = self.field("segments", rule.segments, _LISTS)
        if rule.segments.form != rule.lesions.form:
            self.note("segments", f"found {rule.segments}; expected a field of the form {rule.lesions.form}")
        wrong = [code for code in answers_of(listed) if code not in SEGMENTS] if listed else []
        if wrong:
            self.note("segments", f"offers {', '.join(wrong)}; Couinaud segments are {', '.join(SEGMENTS)}")

    def implies(self, rule: Implies) -> None:
        """Two fields with choices; what they match on is a field of both forms."""
        self.answers((*self.path, "given"), rule.given, (*self.path, "given_answers"), rule.given_answers)
        self.answers((*self.path, "then"), rule.then, (*self.path, "then_answers"), rule.then_answers)
        if rule.match_on is None:
            return
        given, then = self.form(rule.given), self.form(rule.then)
        if given is None or then is None:
            return
        if given is then:
            self.note("match_on", "belongs to checks across two forms; within one form an entry is its own match")
            return
        shared = [field.code for field in given.fields if then.field(field.code) is not None]
        self.faults.expect_known((*self.path, "match_on"), rule.match_on, shared)

    def answers(self, path: Path, operand: Operand, answers_path: Path, answers: Sequence[str]) -> None:
        """A field with choices, and answers that are among them."""
        field = self.find(path, operand, _CODED)
        for n, answer in enumerate(answers if field else ()):
            self.faults.expect_known((*answers_path, n), answer, answers_of(field) if field else [])

    def field(
        self, key: str, operand: Operand, types: frozenset[FieldType], *, anchors: bool = False
    ) -> FieldDefinition | None:
        """The field under a key, or None where it is an anchor or was noted."""
        if operand.form is None and anchors:
            self.faults.expect_known((*self.path, key), operand.field, [str(anchor) for anchor in Anchor])
            return None
        return self.find((*self.path, key), operand, types)

    def find(self, path: Path, operand: Operand, types: frozenset[FieldType]) -> FieldDefinition | None:
        """The field an operand names, of one of the types; None and noted otherwise."""
        form = self.form(operand)
        if form is None:
            self.faults.expect_known(path, str(operand.form or operand), [item.code for item in self.study.forms])
            return None
        fields = {item.code: item for item in (form.lesion_fields if operand.per_lesion else form.questions)}
        fitting = [code for code, item in fields.items() if item.type in types]
        self.faults.expect_known(path, operand.field, fitting)
        return fields[operand.field] if operand.field in fitting else None

    def form(self, operand: Operand) -> FormDefinition | None:
        """The form of an operand, where the study has it."""
        return next((item for item in self.study.forms if item.code == operand.form), None)

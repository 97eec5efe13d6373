"""Visits that did not take place: said on a form of its own, at the timepoint of the visit.

It answers what the visit owes and is no evidence of anything: the endpoint's rule knows of no such form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from casebook.domain.forms.definition import FormDefinition
from casebook.domain.forms.faults import Fault
from casebook.domain.texts import Text

FORM: Final = "visit-not-done"
VISIT_FORM: Final = "follow-up"
NOT_DONE: Final = "not-done"
LABEL: Final = Text("not done", "未実施")
_CODE: Final = "visit-not-done"
_TAKE_BACK_FIRST: Final = Text(
    "This visit is recorded as not done. Say on the form “Visit not done” that it took place after all, with the "
    "reason; then enter it here.",
    "この来院は「未実施」と記録されています。先に様式「来院未実施」で「実施された」に訂正（理由を入力）してください。",
)
_IS_ENTERED: Final = Text(
    "The follow-up form of this visit is filled; a visit that took place cannot be recorded as not done.",
    "この来院の追跡調査の様式は入力済みのため、未実施と記録できません。",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a complete entry of a form says at a timepoint."""

    form: str
    timepoint: str | None
    data: Mapping[str, object]

    @property
    def is_not_done(self) -> bool:
        """It says that the visit of its timepoint did not take place."""
        return self.form == FORM and self.timepoint is not None and self.data.get("visit") == NOT_DONE


def not_done(records: Iterable[Recorded]) -> Mapping[str, Recorded]:
    """Return what stands recorded as not done, by timepoint."""
    return {one.timepoint: one for one in records if one.is_not_done and one.timepoint is not None}


def why(form: FormDefinition | None, record: Recorded) -> Text | None:
    """Return why the visit did not take place, as it was chosen or, for another reason, typed."""
    detail = record.data.get("detail")
    if isinstance(detail, str) and detail:
        return Text(detail, detail)
    field = form.field("reason") if form else None
    return next((one.label for one in field.choices if one.code == record.data.get("reason")), None) if field else None


def contradictions(said: Recorded, others: Iterable[Recorded]) -> tuple[Fault, ...]:
    """Return why an entry cannot stand beside what is recorded at its timepoint: a visit took place, or it did not."""
    here = [one for one in others if one.timepoint == said.timepoint]
    if said.form == VISIT_FORM and any(one.is_not_done for one in here):
        return (Fault("imaged_on", _CODE, _TAKE_BACK_FIRST),)
    if said.is_not_done and any(one.form == VISIT_FORM for one in here):
        return (Fault("visit", _CODE, _IS_ENTERED),)
    return ()

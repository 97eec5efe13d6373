"""The questions of a registration by page: where, by which road, on which day, and the criteria item by item."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from casebook.actions.registering import FORM_OF, RegistrationRefused
from casebook.actions.sites import SiteState
from casebook.domain.activation import BLOCKS
from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition, FormScope
from casebook.domain.forms.faults import Fault
from casebook.domain.registration import Refusal
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Coded, Text

SITE, ROAD, DAY, REASON = "site", "road", "registered_on", "change_reason"
MAX_REASON_CHARACTERS: Final = 300
PLACE_OF = {
    "in-the-future": DAY,
    "not-today": DAY,
    "before-first-registration": DAY,
    "not-on-one-day": DAY,
    **dict.fromkeys(BLOCKS, SITE),
}
"""Beside which question a refusal stands that is not a criterion's own."""
_EARLIER = FieldDefinition(
    REASON,
    FieldType.TEXT,
    Text("Reason for an earlier day", "過去の日付とする理由"),
    Text("needed when the day is not today; kept in the audit trail", "本日以外の日付のとき必須。監査証跡に残ります"),
    maximum=Decimal(MAX_REASON_CHARACTERS),
)


def first_form(definition: StudyDefinition, states: Sequence[SiteState], *, backdating: bool) -> FormDefinition:
    """Return what a first registration asks; without leave to name an earlier day only active sites are offered."""
    eligibility = definition.form(FORM_OF[RegistrationStep.FIRST])
    offered = [state.site for state in states if backdating or state.activation.is_active]
    site = FieldDefinition(
        SITE,
        FieldType.CHOICE,
        Text("Site", "参加施設"),
        required=True,
        choices=tuple(
            Coded(site.code, Text(f"{site.code} {site.name_en}", f"{site.code} {site.name_ja}")) for site in offered
        ),
    )
    road = FieldDefinition(
        ROAD,
        FieldType.CHOICE,
        Text("Road", "登録経路"),
        required=True,
        choices=tuple(Coded(item.code, item.label) for item in definition.roads),
    )
    others = tuple(field for field in eligibility.fields if field.code != ROAD)
    label = Text("Register a patient", "症例の登録")
    return _form(label, eligibility, (site, road, *_days(RegistrationStep.FIRST, backdating=backdating), *others))


def second_form(definition: StudyDefinition, *, backdating: bool) -> FormDefinition:
    """Return what a second registration asks."""
    eligibility = definition.form(FORM_OF[RegistrationStep.SECOND])
    fields = (*_days(RegistrationStep.SECOND, backdating=backdating), *eligibility.fields)
    return _form(definition.registration(RegistrationStep.SECOND).label, eligibility, fields)


def _days(step: RegistrationStep, *, backdating: bool) -> tuple[FieldDefinition, ...]:
    labels = {
        RegistrationStep.FIRST: Text("First registration on", "一次登録日"),
        RegistrationStep.SECOND: Text("Second registration on", "二次登録日"),
    }
    day = FieldDefinition(DAY, FieldType.DATE, labels[step], required=True)
    return (day, _EARLIER) if backdating else (day,)


def _form(label: Text, eligibility: FormDefinition, fields: tuple[FieldDefinition, ...]) -> FormDefinition:
    return FormDefinition(
        code="registration",
        label=label,
        scope=FormScope.SUBJECT,
        repeatable=False,
        dated_by=DAY,
        timepoints=(),
        fields=fields,
        criteria=eligibility.criteria,
        lesion_rows=None,
        lesion_fields=(),
        source="",
    )


def eligibility_answers(data: dict[str, object]) -> dict[str, object]:
    """Return the answers that belong to the eligibility form."""
    return {code: answer for code, answer in data.items() if code not in {SITE, ROAD, DAY, REASON}}


def faults_of(refused: RegistrationRefused) -> list[Fault]:
    """Say each refusal beside its question; those of no question stand at the top."""
    return [_fault(refusal) for refusal in refused.refusals]


def _fault(refusal: Refusal) -> Fault:
    return Fault(PLACE_OF.get(refusal.code, refusal.code), refusal.code, refusal.message)

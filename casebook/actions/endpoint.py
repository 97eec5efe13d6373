"""The endpoint as the data give it on a day: the table by strategy, its parts, the flow, and what is followed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from casebook.actions.endpoint_records import patient_records
from casebook.actions.interim import study_lock
from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.endpoint.flow import Flow, flow_of
from casebook.domain.endpoint.followed import Ending, Lane, lanes, observations
from casebook.domain.endpoint.picks import Pick, fate_of, picked, picked_patients
from casebook.domain.endpoint.records import Pair, PatientRecord, pairs
from casebook.domain.endpoint.words import FATE_NAMES
from casebook.domain.errors import Refused
from casebook.domain.interim import LockState
from casebook.domain.outcome import OutcomeStatus, Strategy
from casebook.domain.regions import Region
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.stats.endpoint import EndpointLesion, EndpointTable, endpoint_table
from casebook.stats.endpoint_strata import Stratum, strata
from casebook.stats.survival import Curves, Observation, Status, curves

T = TypeVar("T")


class By(StrEnum):
    """What lesions are parted by."""

    FATE = "fate"
    REGION = "region"
    COUNTRY = "country"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The endpoint of a study on a day, over the patients that the asker may see; `lock` is that of the whole study.

    What is worked out for a strategy is worked out once.
    """

    definition: StudyDefinition
    as_of: date
    made_at: datetime
    patients: Sequence[PatientRecord]
    table: EndpointTable
    lock: LockState
    _kept: dict[tuple[str, Strategy], Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, what: str, strategy: Strategy, make: Callable[[], T]) -> T:
        key = (what, strategy)
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @property
    def rows(self) -> list[Pair]:
        """Every lesion with its patient."""
        return list(pairs(self.patients))

    @property
    def contrast_required(self) -> bool:
        """Whether ultrasound tells only with contrast, as the study has it."""
        return self.definition.rules.outcome.contrast_ultrasound_required

    def strata(self, strategy: Strategy) -> Mapping[By, tuple[Stratum, ...]]:
        """The estimate of a strategy within each part, by what parts them."""
        return self._once("strata", strategy, lambda: self._strata(strategy))

    def _strata(self, strategy: Strategy) -> Mapping[By, tuple[Stratum, ...]]:
        lesions = [
            (patient, lesion, EndpointLesion(patient.number, lesion.label, lesion.outcome))
            for patient, lesion in self.rows
        ]
        keys: Mapping[By, Callable[[Pair], str]] = {
            By.FATE: lambda pair: fate_of(pair[1]),
            By.REGION: lambda pair: pair[0].region,
            By.COUNTRY: lambda pair: pair[0].country,
            By.GROUP: lambda pair: pair[0].group,
        }
        orders: Mapping[By, Sequence[str]] = {
            By.FATE: tuple(FATE_NAMES),
            By.REGION: tuple(Region),
            By.COUNTRY: (),
            By.GROUP: tuple(group.code for group in self.definition.groups),
        }
        parameters = self.table.parameters
        return {
            by: strata(
                ((item, key((patient, lesion))) for patient, lesion, item in lesions),
                strategy,
                parameters,
                order=orders[by],
            )
            for by, key in keys.items()
        }

    def flow(self, strategy: Strategy) -> Flow:
        """The flow of a strategy from registration to its denominator."""
        return self._once(
            "flow", strategy, lambda: flow_of(self.patients, strategy, contrast_required=self.contrast_required)
        )

    def picked(self, pick: Pick) -> list[Pair]:
        """The lesions behind a number."""
        return picked(self.patients, pick, contrast_required=self.contrast_required)

    def picked_patients(self, pick: Pick) -> list[PatientRecord]:
        """The patients behind a number."""
        return picked_patients(self.patients, pick, contrast_required=self.contrast_required)

    def lanes(self, strategy: Strategy) -> list[Lane]:
        """The courses of the strategy's lesions that were left in place."""
        return self._once("lanes", strategy, lambda: lanes(self._followed(strategy)))

    def _followed(self, strategy: Strategy) -> list[Pair]:
        return self._once("followed", strategy, lambda: self.picked(Pick(strategy, followed=True)))

    def observations(self, strategy: Strategy) -> list[Observation]:
        """The time to recurrence of the strategy's lesions that were left in place, as estimators take it."""
        found = observations(self._followed(strategy))
        return [Observation(item.day, _STATUSES[item.ending], item.patient) for item in found]

    def curves(self, strategy: Strategy) -> Curves:
        """The curves of the strategy's lesions that were left in place, clustered in patients."""
        return self._once("curves", strategy, lambda: curves(self.observations(strategy)))


_STATUSES: Final[Mapping[Ending, Status]] = {
    Ending.RECURRENCE: Status.RECURRENCE,
    Ending.DEATH: Status.DEATH,
    Ending.CENSORED: Status.CENSORED,
}


def endpoint(session: Session, actor: Actor, *, study_code: str, as_of: date, now: datetime) -> Endpoint:
    """Return the endpoint over the subjects the actor may see; in a few queries for all."""
    actor.require(Action.SEE_OUTCOMES, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    patients = patient_records(session, actor, study_code=study_code, as_of=as_of, today=now.date())
    lesions = [EndpointLesion(patient.number, lesion.label, lesion.outcome) for patient, lesion in pairs(patients)]
    table = endpoint_table(lesions, definition.rules.endpoint, as_of=as_of)
    n_pending = sum(lesion.outcome.status is OutcomeStatus.PENDING for lesion in lesions)
    lock = study_lock(session, study_code=study_code, n_lesions_pending=n_pending)
    return Endpoint(definition, as_of, now, patients, table, lock)


def shown_endpoint(session: Session, actor: Actor, *, study_code: str, as_of: date, now: datetime) -> Endpoint:
    """Return the endpoint for figures and lists. Raises Refused for a site with too few patients of its own."""
    found = endpoint(session, actor, study_code=study_code, as_of=as_of, now=now)
    if is_withheld(actor, found.table):
        raise Refused(withheld_text(found.table))
    return found


def is_withheld(actor: Actor, table: EndpointTable) -> bool:
    """Whether a site asks about too few of its own patients to be told a share."""
    return sees_sites_only(actor) and table.n_patients < table.parameters.feedback_min_subjects


def sees_sites_only(actor: Actor) -> bool:
    """Whether the actor sees outcomes of their own site alone."""
    return all(grant.role.is_site_role for grant in actor.grants_for(Action.SEE_OUTCOMES))


def withheld_text(table: EndpointTable) -> Text:
    """Say from how many patients on a site is told shares."""
    n, now = table.parameters.feedback_min_subjects, table.n_patients
    return Text(
        f"Shares are shown to a site from {n} of its own patients on; there are {now}.",
        f"施設への割合の表示は自施設の{n}例以上からです（現在{now}例）。",
    )

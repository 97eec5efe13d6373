"""How far central readers agree: two readers of a case, and a reader with themselves, before any adjudication."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.studies import definition_of, newest_definition
from casebook.domain.actors import Action, Actor
from casebook.domain.cdlm import CdlmStatus, derive_cdlm
from casebook.domain.central.assignment import PLACES
from casebook.domain.errors import NotFound
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import CdlmParameters, Timepoint
from casebook.domain.texts import Text
from casebook.stats.agreement_report import MeasuredAgreement, RatedPair, measure_all
from casebook.store import agreement as stored
from casebook.store.agreement import SaidOfLesion, SignedRead
from casebook.store.assignments import REPEAT

CDLM: Final = "cdlm"
MEASURES: Final[Mapping[str, Text]] = {
    CDLM: Text("cDLM", "cDLM"),
    Judged.CT: Text("CT", "CT"),
    Judged.DWI: Text("DWI", "DWI"),
    Judged.T1T2: Text("T1/T2", "T1/T2"),
    Judged.EOB: Text("EOB", "EOB"),
    Judged.COMBINED: Text("all together", "総合"),
}
"""What agreement is measured in, as people call it; cDLM at the timepoint that it follows from alone."""
CATEGORIES: Final = {name: tuple(CdlmStatus if name == CDLM else Visibility) for name in MEASURES}


class Compared(StrEnum):
    """Which two reads of a case are compared."""

    BETWEEN = "between-readers"
    WITHIN = "same-reader"


@dataclass(frozen=True, slots=True)
class ComparedReads:
    """Agreement in every measure over the pairs of one kind; `n_patients` are those with such a pair."""

    kind: Compared
    n_pairs: int
    n_patients: int
    measures: Mapping[str, MeasuredAgreement]


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Agreement at a timepoint as of a moment.

    `n_cases` are those that two readers signed, `n_adjudicated` how many of them a third person settles or settled.
    Interim while a case is on some reader's list, or on an adjudicator's.
    """

    definition: StudyDefinition
    timepoint: Timepoint
    made_at: datetime
    compared: Sequence[ComparedReads]
    n_cases: int
    n_adjudicated: int
    n_open_assignments: int
    n_open_adjudications: int
    seed: int
    n_resamples: int
    level: float

    @property
    def is_interim(self) -> bool:
        """Some read that belongs to it is not signed yet."""
        return bool(self.n_open_assignments or self.n_open_adjudications)


def agreement_report(
    session: Session, actor: Actor, *, study_code: str, timepoint: str | None = None, now: datetime
) -> AgreementReport:
    """Measure agreement at a timepoint, by default the one that cDLM follows from, in a constant number of queries.

    Raises NotFound for a timepoint that is not read centrally.
    """
    actor.require(Action.SEE_AGREEMENT, study_code=study_code)
    _, definition = newest_definition(session, study_code)
    at = _timepoint(definition, timepoint)
    reads = stored.signed_reads(session, actor, study_code=study_code, timepoint=at.code)
    said = _by_reading(stored.findings(session, [read.reading_id for read in reads]))
    open_now = stored.unfinished(session, actor, study_code=study_code, timepoint=at.code)
    rules = {read.study_version_id: definition_of(session, read.study_version_id).rules.cdlm for read in reads}
    between, within = list(_between(reads)), list(_within(reads))
    names = [name for name in MEASURES if name != CDLM or at.code == definition.rules.cdlm.timepoint]
    return AgreementReport(
        definition=definition,
        timepoint=at,
        made_at=now,
        compared=[
            _compared(definition, Compared.BETWEEN, between, said, rules, names),
            _compared(definition, Compared.WITHIN, within, said, rules, names),
        ],
        n_cases=len(between),
        n_adjudicated=open_now.n_adjudicated,
        n_open_assignments=open_now.n_open_assignments,
        n_open_adjudications=open_now.n_open_adjudications,
        seed=definition.rules.endpoint.bootstrap_seed,
        n_resamples=definition.rules.endpoint.n_bootstrap,
        level=float(definition.rules.endpoint.interval_level),
    )


Pair = tuple[SignedRead, SignedRead]
Said = Mapping[UUID, Mapping[UUID, Mapping[Judged, Visibility]]]
"""By read, lesion, and what was judged."""


def _timepoint(definition: StudyDefinition, code: str | None) -> Timepoint:
    wanted = code or definition.rules.cdlm.timepoint
    found = next((timepoint for timepoint in definition.read_centrally if timepoint.code == wanted), None)
    if found is None:
        raise NotFound(
            Text("This timepoint is not read centrally.", "この時点は中央判定の対象ではありません。"), field="timepoint"
        )
    return found


def _by_reading(rows: Iterable[SaidOfLesion]) -> Said:
    found: dict[UUID, dict[UUID, dict[Judged, Visibility]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        found[row.reading_id][row.lesion_id][Judged(row.judged)] = Visibility(row.visibility)
    return found


def _between(reads: Sequence[SignedRead]) -> Iterator[Pair]:
    """Yield the first two readers' reads of each case."""
    first, second = PLACES[:2]
    by_place = {(read.timepoint_id, read.place): read for read in reads if read.round == 1}
    for (timepoint_id, place), read in by_place.items():
        other = by_place.get((timepoint_id, second))
        if place == first and other is not None:
            yield read, other


def _within(reads: Sequence[SignedRead]) -> Iterator[Pair]:
    """Yield each reader's read of a case and their repeat of it."""
    repeats = {(read.timepoint_id, read.account_id): read for read in reads if read.round == REPEAT}
    for read in reads:
        again = repeats.get((read.timepoint_id, read.account_id))
        if read.round == 1 and again is not None:
            yield read, again


def _compared(
    definition: StudyDefinition,
    kind: Compared,
    pairs: Sequence[Pair],
    said: Said,
    rules: Mapping[UUID, CdlmParameters],
    names: Sequence[str],
) -> ComparedReads:
    rated: dict[str, list[RatedPair]] = {name: [] for name in MEASURES}
    for one, other in sorted(pairs, key=lambda pair: (pair[0].subject, str(pair[0].reading_id))):
        for name, first, second in _ratings(said[one.reading_id], said[other.reading_id], rules[one.study_version_id]):
            rated[name].append(RatedPair(one.subject, first, second))
    endpoint = definition.rules.endpoint
    return ComparedReads(
        kind=kind,
        n_pairs=len(pairs),
        n_patients=len({one.subject for one, _ in pairs}),
        measures=measure_all(
            {name: rated[name] for name in names},
            CATEGORIES,
            seed=endpoint.bootstrap_seed,
            n_resamples=endpoint.n_bootstrap,
            level=float(endpoint.interval_level),
        ),
    )


def _ratings(
    first: Mapping[UUID, Mapping[Judged, Visibility]],
    second: Mapping[UUID, Mapping[Judged, Visibility]],
    rule: CdlmParameters,
) -> Iterator[tuple[str, str, str]]:
    """Yield (measure, first word, second word) of every lesion that both reads judged."""
    for lesion_id in sorted(first.keys() & second.keys()):
        one, other = first[lesion_id], second[lesion_id]
        yield CDLM, _status(one, rule), _status(other, rule)
        for judged in one.keys() & other.keys():
            yield judged, one[judged], other[judged]


def _status(said: Mapping[Judged, Visibility], rule: CdlmParameters) -> CdlmStatus:
    seen = {ReadingSequence(judged): word for judged, word in said.items() if judged is not Judged.COMBINED}
    return derive_cdlm(seen, rule).status

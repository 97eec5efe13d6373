"""The reconciliation board: a row for each modality of a timepoint, with what was expected, arrived and differs.

What the rows say is read, not worked out: discrepancies are kept up to date by `casebook.actions.reconcile`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.reconcile import compared
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain.actors import Action, Actor
from casebook.domain.errors import NotFound
from casebook.domain.forms.entry import stored_entry
from casebook.domain.forms.states import EntryState
from casebook.domain.forms.values import Entry
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity
from casebook.domain.reconciliation import form_answers
from casebook.domain.reconciliation.standing import BoardState, is_settled, question, to_do
from casebook.domain.reconciliation.values import MODALITY_OF_ROLE, BoardModality, Comparison, Said
from casebook.domain.reconciliation.wanted import Shown, Wanted
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity, Timepoint
from casebook.domain.texts import Text
from casebook.store import board as stored
from casebook.store import patients
from casebook.store.board import Asked, BoardCounts, DiscrepancyRow, SubjectRow
from casebook.store.tables import Subject

SEES: Final = Action.SEE_OUTCOMES
"""Rows show what forms say; who may not see forms does not see the board."""
PER_PAGE: Final = 50
CellKey = tuple[UUID, str, BoardModality]
NOTHING_KNOWN: Final[Mapping[BoardModality, bool]] = {}
"""Of a timepoint without discrepancies."""


@dataclass(frozen=True, slots=True)
class Line:
    """One discrepancy of a row, in words; `age_days` since it was seen."""

    id: UUID
    fingerprint: str
    rule: str
    what: Text
    modality: BoardModality
    severity: Severity
    expected: Said
    found: Said
    state: BoardState
    seen_at: datetime
    age_days: int
    query_number: int | None
    accepted_by: str | None
    accepted_because: str | None

    @property
    def is_settled(self) -> bool:
        """Nothing is left to do about it."""
        return is_settled(self.state, self.severity)

    @property
    def to_do(self) -> Text:
        """What the data centre does next."""
        return to_do(self.state, self.rule, self.severity)

    @property
    def question(self) -> Text:
        """What the site is asked, where it is asked."""
        return question(self.rule, self.what, self.expected, self.found)


class ListedLine(NamedTuple):
    """A discrepancy with whose it is."""

    subject: SubjectRow
    timepoint: Timepoint
    line: Line


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the board.

    `required` are the roles that the protocol asks for, `arrived` those of the modality that are here. `form_says` is
    None without a form, `imaged_on` holds the days of the images.
    """

    subject: SubjectRow
    timepoint: Timepoint
    modality: BoardModality
    required: tuple[SeriesRole, ...]
    arrived: frozenset[SeriesRole]
    form_says: Text | None
    imaged_on: tuple[date, ...]
    lines: tuple[Line, ...]

    @property
    def n_arrived(self) -> int:
        """How many of the required roles are here."""
        return sum(role in self.arrived for role in self.required)

    @property
    def is_compared(self) -> bool:
        """There is something of the modality to compare, or something was found."""
        return bool(self.arrived or self.imaged_on or self.lines)

    @property
    def is_green(self) -> bool:
        """Nothing stands, or all that stands is accepted."""
        return self.is_compared and all(line.is_settled for line in self.lines)


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page of the board."""

    cells: Sequence[Cell]
    n_total: int
    page: int

    @property
    def n_pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.n_total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """The whole board in figures: series that arrived of those required where images are, and what stands."""

    n_arrived: int
    n_required: int
    counts: BoardCounts

    def n(self, state: BoardState) -> int:
        """How many are in a state."""
        return self.counts.by_state.get(state, 0)


def board_page(session: Session, actor: Actor, wanted: Wanted, *, key: bytes, now: datetime) -> BoardPage:
    """Return one page of the rows the actor may see."""
    actor.require(SEES)
    asked = asked_of(wanted, now)
    if wanted.lists_rows:
        every = _every_cell(session, actor, wanted, asked)
        keys, n_total = every[(wanted.page - 1) * PER_PAGE : wanted.page * PER_PAGE], len(every)
    else:
        offset = (wanted.page - 1) * PER_PAGE
        rows = stored.cells(session, actor, SEES, asked, limit=PER_PAGE, offset=offset)
        keys = [(row.subject_id, row.timepoint, BoardModality(row.modality)) for row in rows]
        n_total = rows[0].n_total if rows else 0
    return BoardPage(_cells(session, actor, keys, asked, key=key, now=now), n_total, wanted.page)


def asked_of(wanted: Wanted, now: datetime) -> Asked:
    """Return the filters in the terms of the tables."""
    return Asked(
        site=wanted.site or None,
        timepoint=wanted.timepoint or None,
        modality=wanted.modality,
        rule=wanted.rule or None,
        severity=wanted.severity,
        states=None if wanted.states is None else [state.value for state in wanted.states],
        seen_before=now - timedelta(days=wanted.older_than_days) if wanted.older_than_days else None,
        search=wanted.search,
    )


def figures(session: Session, actor: Actor) -> BoardFigures:
    """Return the board in figures, as far as the actor may know of it."""
    n_required = sum(
        n_timepoints * len(_required(definition_of(session, version_id), code))
        for version_id, code, n_timepoints in stored.imaged_timepoints(session, actor, SEES)
    )
    n_missing = stored.n_missing_roles(session, actor, SEES)
    return BoardFigures(n_required - n_missing, n_required, stored.counts(session, actor, SEES))


def lines(session: Session, actor: Actor, wanted: Wanted, *, now: datetime, limit: int) -> list[ListedLine]:
    """Return discrepancies one by one, the oldest first, with whose they are: for lists that are handed out."""
    actor.require(SEES)
    return _listed(session, stored.discrepancies(session, actor, SEES, asked_of(wanted, now), limit=limit), now)


def chosen_lines(session: Session, actor: Actor, ids: Collection[UUID], *, now: datetime) -> list[ListedLine]:
    """Return the discrepancies of these keys that the actor may reconcile."""
    return _listed(session, stored.discrepancies(session, actor, Action.RECONCILE, Asked(), ids=ids), now)


def timepoint_lines(
    session: Session, actor: Actor, subject: Subject, timepoint: str, *, now: datetime
) -> dict[tuple[str, str], Line]:
    """Return the discrepancies of a timepoint that are not gone, by rule and what they are about."""
    found = stored.discrepancies(session, actor, SEES, Asked(timepoint=timepoint), subject_ids=[subject.id])
    return {(one.row.rule, one.row.about): line_of(one, now) for one in found}


def _listed(session: Session, found: Sequence[DiscrepancyRow], now: datetime) -> list[ListedLine]:
    subjects = stored.subjects(session, {one.row.subject_id for one in found})
    return [
        ListedLine(
            subjects[one.row.subject_id],
            definition_of(session, subjects[one.row.subject_id].study_version_id).timepoint(one.row.timepoint_code),
            line_of(one, now),
        )
        for one in found
    ]


def compare_now(session: Session, subject: Subject, timepoint: str, *, key: bytes) -> tuple[Comparison, ...]:
    """Return everything that can be compared at a timepoint. Raises NotFound where no images are expected."""
    definition = definition_of(session, subject.study_version_id)
    if definition.timepoint(timepoint).imaging is None:
        raise NotFound("The study expects no images at this timepoint.", field="timepoint")
    return compared(session, subject, key=key, timepoint=timepoint)


def line_of(one: DiscrepancyRow, now: datetime) -> Line:
    """Return a discrepancy in words."""
    row = one.row
    what = row.expected["what"]
    return Line(
        id=row.id,
        fingerprint=row.fingerprint,
        rule=row.rule,
        what=Text(what["en"], what["ja"]),
        modality=BoardModality(row.modality),
        severity=Severity(row.severity),
        expected=Said.from_json(row.expected),
        found=Said.from_json(row.found),
        state=one.state,
        seen_at=row.seen_at,
        age_days=max(0, ((row.gone_at or now) - row.seen_at).days),
        query_number=one.query_number,
        accepted_by=one.accepted_by,
        accepted_because=row.accepted_because,
    )


def _required(definition: StudyDefinition, timepoint: str) -> tuple[SeriesRole, ...]:
    return tuple(item.role for item in definition.requirements(timepoint) if item.necessity is Necessity.REQUIRED)


def _every_cell(session: Session, actor: Actor, wanted: Wanted, asked: Asked) -> list[CellKey]:
    """Return every row there could be: the modalities that a timepoint's protocol knows, and those with something."""
    known: dict[tuple[UUID, str], dict[BoardModality, bool]] = defaultdict(dict)
    for (subject_id, code, modality), stands in stored.standing_cells(session, actor, SEES).items():
        known[subject_id, code][BoardModality(modality)] = stands
    listed = [modality for modality in BoardModality if wanted.modality in {None, modality}]
    expected: dict[tuple[UUID, str], frozenset[BoardModality]] = {}
    only_green, found = wanted.shown is Shown.GREEN, list[CellKey]()
    for subject_id, code, version_id, has_images in stored.timepoints(session, actor, SEES, asked):
        if (version_id, code) not in expected:
            expected[version_id, code] = _modalities(definition_of(session, version_id), code)
        usual, mine = expected[version_id, code], known.get((subject_id, code), NOTHING_KNOWN)
        if usual or mine:
            found += [
                (subject_id, code, modality)
                for modality in listed
                if (modality in usual or modality in mine)
                and not (only_green and (mine.get(modality) or not (has_images or modality in mine)))
            ]
    return found


def _modalities(definition: StudyDefinition, timepoint: str) -> frozenset[BoardModality]:
    return frozenset(MODALITY_OF_ROLE[role] for role in _required(definition, timepoint))


def _cells(
    session: Session, actor: Actor, keys: Sequence[CellKey], asked: Asked, *, key: bytes, now: datetime
) -> list[Cell]:
    ids = list(dict.fromkeys(subject_id for subject_id, *_ in keys))
    subjects = stored.subjects(session, ids)
    of_cell: dict[CellKey, list[Line]] = defaultdict(list)
    for one in stored.discrepancies(session, actor, SEES, asked, subject_ids=ids):
        line = line_of(one, now)
        of_cell[one.row.subject_id, one.row.timepoint_code, line.modality].append(line)
    arrived: dict[CellKey, set[SeriesRole]] = defaultdict(set)
    for item in patients.arrived_roles(session, ids):
        role = SeriesRole(item.role)
        if role in MODALITY_OF_ROLE:
            arrived[item.subject_id, item.timepoint, MODALITY_OF_ROLE[role]].add(role)
    entry_of, imaged_on = _entries(session, subjects), _imaged_on(session, subjects, key)
    found = []
    for cell in keys:
        subject_id, code, modality = cell
        definition = definition_of(session, subjects[subject_id].study_version_id)
        entry = entry_of(subject_id, code)
        required = tuple(
            role
            for role in _required(definition, code)
            if modality is BoardModality.ALL or MODALITY_OF_ROLE[role] is modality
        )
        found.append(
            Cell(
                subject=subjects[subject_id],
                timepoint=definition.timepoint(code),
                modality=modality,
                required=required,
                arrived=frozenset(arrived[cell])
                if modality is not BoardModality.ALL
                else frozenset(role for one in BoardModality for role in arrived.get((subject_id, code, one), ())),
                form_says=_form_says(entry, modality) if entry is not None else None,
                imaged_on=imaged_on.get(cell, ()),
                lines=tuple(of_cell[cell]),
            )
        )
    return found


def _entries(session: Session, subjects: Mapping[UUID, SubjectRow]) -> Callable[[UUID, str], Entry | None]:
    """Return where to look up the complete entry that describes a timepoint's images."""
    definitions = {one.id: definition_of(session, one.study_version_id) for one in subjects.values()}
    codes = {
        form.code
        for definition in definitions.values()
        for form in definition.forms
        for timepoint in form.timepoints
        if form_answers.describes_images(form, timepoint)
    }
    found: dict[tuple[UUID, str], Entry] = {}
    for subject_id, timepoint, code, data, state in stored.image_forms(session, list(subjects), codes):
        if state != EntryState.STARTED:
            found[subject_id, timepoint] = stored_entry(definitions[subject_id].form(code), data, ())
    return lambda subject_id, timepoint: found.get((subject_id, timepoint))


def _imaged_on(session: Session, subjects: Mapping[UUID, SubjectRow], key: bytes) -> dict[CellKey, tuple[date, ...]]:
    """Return the real days on which each row's images were made; the archive holds shifted days."""
    shift = {one.id: timedelta(days=date_shift_days(key, one.number)) for one in subjects.values()}
    found: dict[CellKey, set[date]] = defaultdict(set)
    for row in stored.imaged(session, list(subjects)):
        if row.study_on is not None:
            day = row.study_on - shift[row.subject_id]
            for modality in BoardModality:
                if modality is BoardModality.ALL or (modality is BoardModality.CT) == (row.modality == "CT"):
                    found[row.subject_id, row.timepoint, modality].add(day)
    return {cell: tuple(sorted(days)) for cell, days in found.items()}


def _form_says(entry: Entry, modality: BoardModality) -> Text:
    """Return what a form says of a modality: its day, and the b-values of diffusion."""
    if modality is BoardModality.ALL:
        return Text("complete", "入力済み")
    if form_answers.was_performed(entry, modality) is False:
        return Text("not performed", "実施せず")
    examination = BoardModality.CT if modality is BoardModality.CT else BoardModality.MRI
    day: Any = form_answers.imaged_on(entry, examination)
    values = form_answers.b_values(entry) if modality is BoardModality.DWI else None
    said = " · ".join(
        part for part in (str(day or ""), f"b {' '.join(map(str, sorted(values)))}" if values else "") if part
    )
    return Text(said or "performed", said or "実施")

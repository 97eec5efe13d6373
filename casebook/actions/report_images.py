"""The report on images: patient by timepoint, what was expected when, what came, whether it is complete."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions import progress
from casebook.actions.patients import standing, worked_out
from casebook.actions.reported import Asked, Made
from casebook.actions.studies import definition_of
from casebook.domain.imaging import SeriesRole
from casebook.domain.reports import Cell, Head, ReportTable
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import Necessity, Timepoint
from casebook.domain.subject_status import StatusChange, ending_of
from casebook.domain.texts import Text
from casebook.domain.timepoints import DueState, Window, due_state, window_of
from casebook.domain.visits import LABEL
from casebook.stats.rounding import percent
from casebook.store import patients, reports
from casebook.store.patients import PatientRow
from casebook.store.reports import ReceivedRole

PATIENT = Head("patient", Text("Patient", "症例"))
SITE = Head("site", Text("Site", "施設"))
NOT_PLANNED = Text("not planned yet", "未定")
STATES: Mapping[DueState, Text] = {
    DueState.NOT_PLANNED: NOT_PLANNED,
    DueState.NOT_DUE: Text("not due", "時期前"),
    DueState.OPEN: Text("expected", "受領待ち"),
    DueState.OVERDUE: Text("overdue", "期限超過"),
    DueState.DONE: Text("received", "受領済み"),
    DueState.NOT_DONE: LABEL,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The images of one patient at one timepoint, as they were on the day; `left` before they were due."""

    timepoint: Timepoint
    window: Window | None
    state: DueState
    received_on: date | None
    n_required: int
    n_present: int
    left: bool = False

    @property
    def is_complete(self) -> bool:
        """Images came, and every required series among them."""
        return self.received_on is not None and self.n_present == self.n_required

    @property
    def said(self) -> Text:
        """The receipt in one cell."""
        if self.received_on is not None:
            n = f" {self.n_present}/{self.n_required}" if self.n_required else ""
            mark = "✓" if self.is_complete else "△"
            return Text(f"{mark} {self.received_on}{n}", f"{mark} {self.received_on}{n}")
        if self.left or self.window is None:
            return Text("–", "–")
        if self.state is DueState.NOT_DONE:
            return LABEL
        if self.state is DueState.OVERDUE:
            return Text(f"× {self.window.due_on}", f"× {self.window.due_on}")
        return Text(f"due {self.window.due_on}", f"予定 {self.window.due_on}")


def images_report(session: Session, asked: Asked) -> Made:
    """A row for each patient, a column for each timepoint with images; one line each for programs."""
    rows = [row for row in _patients(session, asked) if row.registered_on <= asked.as_of]
    receipts = receipts_of(session, asked, rows)
    timepoints = [one for one in asked.definition.timepoints if one.imaging is not None]
    matrix = ReportTable(
        Text("Images by patient and timepoint", "症例・時点別の画像受領状況"),
        (PATIENT, SITE, *(Head(one.code, one.label) for one in timepoints)),
        tuple(
            (row.number, row.site_code, *(_cell(receipts[row.subject_id], one) for one in timepoints)) for row in rows
        ),
    )
    note = Text(
        "✓ complete · △ required series missing (present/required) · × not received within its window, with the day "
        "it was planned for · due: the planned day · not done: the visit did not take place, as is recorded now. "
        "What kind a series is of is taken as it is known now.",
        "✓ 必須シリーズがすべて受領済み　△ 不足あり（受領数／必須数）　× 許容期間を過ぎて未受領（日付は予定日）　"
        "予定：予定日　未実施：来院なし（施設の現在の記録による）。シリーズ種別は現在の判定による。",
    )
    return Made((_summary(timepoints, receipts), matrix), data=_lines(rows, receipts, timepoints), notes=(note,))


def receipts_of(session: Session, asked: Asked, rows: Sequence[PatientRow]) -> Mapping[UUID, Mapping[str, Receipt]]:
    """Return the receipts of subjects by timepoint, as they were at the end of the day."""
    ids = [row.subject_id for row in rows]
    arrived: dict[tuple[UUID, str], list[ReceivedRole]] = defaultdict(list)
    for one in reports.received_roles(session, ids, until=asked.until):
        arrived[one.subject_id, one.timepoint].append(one)
    fresh = worked_out(session, rows)
    kept = patients.standings(session, ids)
    found: dict[UUID, dict[str, Receipt]] = {}
    for row in rows:
        stands = standing(row, kept, fresh).progress
        definition = definition_of(session, row.study_version_id)
        ending = ending_of(change for change in stands.status if change.happened_on <= asked.as_of)
        found[row.subject_id] = {
            timepoint.code: _receipt(
                definition,
                timepoint,
                window_of(timepoint, stands.dates),
                arrived[row.subject_id, timepoint.code],
                asked,
                ending=ending,
                is_not_done=timepoint.code in stands.not_done,
            )
            for timepoint in definition.timepoints
            if timepoint.imaging is not None
        }
    return found


def _patients(session: Session, asked: Asked) -> list[PatientRow]:
    rows = patients.rows(session, asked.actor, made_by=progress.MADE_BY, agenda=progress.agenda_for(asked.actor))
    return [
        row
        for row in rows
        if row.site_code in asked.site_codes
        and definition_of(session, row.study_version_id).code == asked.definition.code
    ]


def _receipt(
    definition: StudyDefinition,
    timepoint: Timepoint,
    window: Window | None,
    arrived: Sequence[ReceivedRole],
    asked: Asked,
    *,
    ending: StatusChange | None,
    is_not_done: bool,
) -> Receipt:
    required = {item.role for item in definition.requirements(timepoint.code) if item.necessity is Necessity.REQUIRED}
    present = required & {SeriesRole(one.role) for one in arrived if one.role is not None}
    received_on = max((one.received_at.date() for one in arrived), default=None)
    state = due_state(window, today=asked.as_of, done_on=received_on, is_not_done=is_not_done)
    left = ending is not None and (window is None or window.due_on > ending.happened_on)
    return Receipt(timepoint, window, state, received_on, len(required), len(present), left)


def _cell(receipts: Mapping[str, Receipt], timepoint: Timepoint) -> Cell:
    found = receipts.get(timepoint.code)
    return found.said if found else None


def _summary(timepoints: Sequence[Timepoint], receipts: Mapping[UUID, Mapping[str, Receipt]]) -> ReportTable:
    rows = []
    for timepoint in timepoints:
        mine = [found[timepoint.code] for found in receipts.values() if timepoint.code in found]
        n = Counter(one.state for one in mine if one.received_on is not None or not one.left)
        n_expected = n[DueState.DONE] + n[DueState.OPEN] + n[DueState.OVERDUE]
        n_complete = sum(one.is_complete for one in mine)
        rows.append(
            (
                timepoint.label,
                n_expected,
                n[DueState.DONE],
                percent(n[DueState.DONE] / n_expected) if n_expected else None,
                n_complete,
                percent(n_complete / n_expected) if n_expected else None,
                n[DueState.OVERDUE],
                n[DueState.NOT_DONE],
            )
        )
    heads = (
        Head("timepoint", Text("Timepoint", "時点")),
        Head("expected", Text("Expected so far", "これまでの予定数"), is_number=True),
        Head("received", Text("Received", "受領"), is_number=True),
        Head("received_share", Text("% received", "受領率"), is_number=True),
        Head("complete", Text("Complete", "完全"), is_number=True),
        Head("complete_share", Text("% complete", "完全率"), is_number=True),
        Head("overdue", Text("Overdue", "期限超過"), is_number=True),
        Head("not_done", Text("Not done", "未実施"), is_number=True),
    )
    return ReportTable(Text("By timepoint", "時点別"), heads, tuple(rows), n_names=1)


def _lines(
    rows: Sequence[PatientRow], receipts: Mapping[UUID, Mapping[str, Receipt]], timepoints: Sequence[Timepoint]
) -> ReportTable:
    heads = (
        PATIENT,
        SITE,
        Head("timepoint", Text("Timepoint", "時点")),
        Head("due_on", Text("Due on", "予定日")),
        Head("window_closes_on", Text("Window closes on", "許容期間の終了日")),
        Head("state", Text("State", "状態")),
        Head("received_on", Text("Received on", "受領日")),
        Head("n_required", Text("Required series", "必須シリーズ数"), is_number=True),
        Head("n_present", Text("of these present", "うち受領"), is_number=True),
        Head("complete", Text("Complete", "完全")),
    )
    found = []
    for row in rows:
        for timepoint in timepoints:
            one = receipts[row.subject_id].get(timepoint.code)
            if one is not None:
                found.append(_line(row, one))
    return ReportTable(Text("Images, line by line", "画像の受領（一覧）"), heads, tuple(found))


def _line(row: PatientRow, one: Receipt) -> tuple[Cell, ...]:
    state = Text("left the study", "試験から離脱") if one.left and one.received_on is None else STATES[one.state]
    return (
        row.number,
        row.site_code,
        one.timepoint.code,
        one.window.due_on if one.window else None,
        one.window.closes_on if one.window else None,
        state,
        one.received_on,
        one.n_required,
        one.n_present,
        Text("yes", "はい") if one.is_complete else Text("no", "いいえ"),
    )

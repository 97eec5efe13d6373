"""The one thing to do next for a subject, in the order of the study's course."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.course import RESECTABLE, Entries, anchors, latest_mdt_decision
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.study.model import Anchor, StudyDefinition, Timepoint, TimepointKind
from casebook.domain.texts import Text, joined
from casebook.domain.timepoints import DueState, Window, due_state, window_of

MOST_ROLES_NAMED: Final = 3
"""Missing series listed by name; more are counted."""


class Urgency(StrEnum):
    """How the next step stands: something to do, late, waiting for somebody else or for a day, or nothing left."""

    TO_DO = "to-do"
    OVERDUE = "overdue"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next; `form` (with `timepoint`) is the form that does it, where a form does."""

    text: Text
    urgency: Urgency
    form: str | None = None
    timepoint: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there of a subject. `filled` names the entries by form and timepoint; `arrived` the roles of images."""

    registered_on: date
    n_lesions: int = 0
    entries: Entries = field(default_factory=dict)
    filled: frozenset[tuple[str, str | None]] = frozenset()
    arrived: Mapping[str, frozenset[SeriesRole]] = field(default_factory=dict)
    is_read: bool = False

    @property
    def dates(self) -> dict[Anchor, date]:
        """The anchors known so far."""
        confirmed = next((entry.day("confirmed_on") for entry in self.entries.get("eligibility-second", ())), None)
        return anchors(self.entries, first_registered_on=self.registered_on, second_registered_on=confirmed)


@dataclass(frozen=True, slots=True)
class _Case:
    definition: StudyDefinition
    progress: Progress
    today: date


_Rule = Callable[[_Case], NextStep | None]


def next_step(definition: StudyDefinition, progress: Progress, *, today: date, images_only: bool = False) -> NextStep:
    """The first thing of the course that is not there yet; `images_only` keeps what forms say to itself."""
    case = _Case(definition, progress, today)
    found = next((step for rule in _COURSE if (step := rule(case)) is not None), None)
    if found is None:
        return NextStep(Text("complete", "完了"), Urgency.DONE)
    if images_only and found.form is not None:
        return NextStep(Text("nothing about images", "画像に関する作業なし"), Urgency.WAITING)
    return found


def _ended(case: _Case) -> NextStep | None:
    if ("end-of-study", None) not in case.progress.filled:
        return None
    return NextStep(Text("study ended", "試験終了"), Urgency.DONE)


def _form(code: str) -> _Rule:
    def rule(case: _Case) -> NextStep | None:
        form = next((form for form in case.definition.forms if form.code == code), None)
        if form is None or (code, None) in case.progress.filled:
            return None
        return NextStep(form.label, Urgency.TO_DO, code)

    return rule


def _images(kind: TimepointKind) -> _Rule:
    def rule(case: _Case) -> NextStep | None:
        timepoint = _timepoint(case, kind)
        if timepoint is None or timepoint.imaging is None:
            return None
        required = [item.role for item in case.definition.requirements(timepoint.code) if item.necessity == "required"]
        arrived = case.progress.arrived.get(timepoint.code, frozenset())
        missing = [role for role in required if role not in arrived]
        return _missing_images(case, timepoint, missing, n_required=len(required)) if missing else None

    return rule


def _missing_images(case: _Case, timepoint: Timepoint, missing: list[SeriesRole], *, n_required: int) -> NextStep:
    label, window = timepoint.label, window_of(timepoint, case.progress.dates)
    state = due_state(window, today=case.today)
    urgency = Urgency.OVERDUE if state is DueState.OVERDUE else Urgency.TO_DO
    if len(missing) == n_required:
        what = Text(f"{label.en} images", f"{label.ja}画像")
        return NextStep(_when(what, window, state, case.today), urgency)
    names = joined([ROLE_LABELS[role] for role in missing[:MOST_ROLES_NAMED]])
    more = len(missing) - MOST_ROLES_NAMED
    if more > 0:
        names = Text(f"{names.en} and {more} more", f"{names.ja} ほか{more}件")
    return NextStep(Text(f"{label.en}: {names.en} missing", f"{label.ja}：{names.ja} 未受領"), urgency)


def _lesions(case: _Case) -> NextStep | None:
    if case.progress.n_lesions:
        return None
    return NextStep(Text("list the baseline lesions", "ベースライン病変の登録"), Urgency.TO_DO)


def _chemotherapy_running(case: _Case) -> NextStep | None:
    if Anchor.CHEMOTHERAPY_END in case.progress.dates:
        return None
    text = Text("chemotherapy running; enter its last day", "化学療法中（最終投与日を入力）")
    return NextStep(text, Urgency.WAITING, "chemotherapy")


def _resectable(case: _Case) -> NextStep | None:
    decision = latest_mdt_decision(case.progress.entries)
    if decision is None or decision.word("resectability") == RESECTABLE:
        return None
    text = Text("MDT: not resectable; next meeting", "MDT：切除可能でない（次回の検討待ち）")
    return NextStep(text, Urgency.WAITING, "mdt-decision")


def _central_read(case: _Case) -> NextStep | None:
    if case.progress.is_read:
        return None
    return NextStep(Text("waits for the central read", "中央判定待ち"), Urgency.WAITING)


def _pathology(case: _Case) -> NextStep | None:
    rows = [row for entry in case.progress.entries.get("surgery", ()) for row in entry.lesions.items()]
    resected = {label for label, answers in rows if answers.get("fate") == "resected"}
    reported = {label for entry in case.progress.entries.get("pathology", ()) for label in entry.lesions}
    if resected <= reported:
        return None
    names = ", ".join(sorted(resected - reported))
    return NextStep(Text(f"pathology of {names}", f"病理：{names}"), Urgency.TO_DO, "pathology")


def _follow_up(case: _Case) -> NextStep | None:
    for timepoint in case.definition.timepoints:
        is_open = timepoint.kind is TimepointKind.FOLLOW_UP and ("follow-up", timepoint.code) not in (
            case.progress.filled
        )
        if is_open:
            return _due_form(case, timepoint)
    return None


def _due_form(case: _Case, timepoint: Timepoint) -> NextStep:
    window = window_of(timepoint, case.progress.dates)
    state = due_state(window, today=case.today)
    urgency = {DueState.OPEN: Urgency.TO_DO, DueState.OVERDUE: Urgency.OVERDUE}.get(state, Urgency.WAITING)
    what = Text(f"{timepoint.label.en} form", f"{timepoint.label.ja}の調査票")
    return NextStep(_when(what, window, state, case.today), urgency, "follow-up", timepoint.code)


def _when(what: Text, window: Window | None, state: DueState, today: date) -> Text:
    if window is None:
        return what
    due = due_text(window, state, today)
    return Text(f"{what.en} {due.en}", f"{what.ja}：{due.ja}")


def due_text(window: Window, state: DueState, today: date) -> Text:
    """How far off a due day is, in words: due in 6 days, due today, overdue by 12 days, due on a later date."""
    days = (window.due_on - today).days
    if state is DueState.OVERDUE:
        return Text(f"overdue by {_days(-days)}", f"期限を{-days}日超過")
    if state is DueState.NOT_DUE:
        return Text(f"due {window.due_on}", f"期限 {window.due_on}")
    if days < 0:
        return Text(f"due {_days(-days)} ago", f"予定日から{-days}日経過")
    return Text(f"due in {_days(days)}", f"期限まで{days}日") if days else Text("due today", "本日期限")


def _days(n: int) -> str:
    return "1 day" if n == 1 else f"{n} days"


def _timepoint(case: _Case, kind: TimepointKind) -> Timepoint | None:
    return next((item for item in case.definition.timepoints if item.kind is kind), None)


_COURSE: Final[tuple[_Rule, ...]] = (
    _ended,
    _form("eligibility"),
    _images(TimepointKind.BASELINE),
    _lesions,
    _form("baseline-disease"),
    _form("chemotherapy"),
    _chemotherapy_running,
    _images(TimepointKind.PREOPERATIVE),
    _form("mdt-decision"),
    _resectable,
    _form("eligibility-second"),
    _central_read,
    _form("surgery"),
    _pathology,
    _follow_up,
    _form("end-of-study"),
)

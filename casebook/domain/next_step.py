"""The one thing to do next for a subject, in the order of the study's course."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from casebook.domain.course import RESECTABLE
from casebook.domain.forms.definition import FormDefinition
from casebook.domain.imaging import SeriesRole
from casebook.domain.progress import Progress
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.study.model import Anchor, StudyDefinition, Timepoint, TimepointKind
from casebook.domain.subject_status import ending_of
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
    """What to do next; `form` (with `timepoint`) is the form that does it, where a form does.

    `window` says when it is due, where the calendar decides how urgent it is.
    """

    text: Text
    urgency: Urgency
    form: str | None = None
    timepoint: str | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    definition: StudyDefinition
    progress: Progress
    today: date


_Rule = Callable[[_Case], NextStep | None]


def next_step(definition: StudyDefinition, progress: Progress, *, today: date, images_only: bool = False) -> NextStep:
    """The first thing of the course that is not there yet; `images_only` keeps what forms say to itself."""
    case = _Case(definition, progress, today)
    found = next((step for rule in _rules(case, images_only=images_only) if (step := rule(case)) is not None), None)
    if found is None:
        return NextStep(Text("complete", "完了"), Urgency.DONE)
    if images_only and found.form is not None:
        return NextStep(Text("nothing about images", "画像に関する作業なし"), Urgency.WAITING)
    return found


def _rules(case: _Case, *, images_only: bool) -> tuple[_Rule, ...]:
    both_on_one_day = any(road.both_on_one_day for road in case.definition.roads if road.code == case.progress.road)
    course = _ONE_DAY if both_on_one_day else _STEP_BY_STEP
    return course if images_only else (_unfinished, *course)


def _unfinished(case: _Case) -> NextStep | None:
    """Work begun comes before work to begin."""
    if not case.progress.unfinished:
        return None
    code, timepoint_code, _ = case.progress.unfinished[0]
    label = case.definition.form(code).label
    if timepoint_code is not None:
        at = case.definition.timepoint(timepoint_code).label
        label = Text(f"{label.en}, {at.en}", f"{label.ja}・{at.ja}")
    text = Text(f"finish the form: {label.en}", f"入力を完了：{label.ja}")
    return NextStep(text, Urgency.TO_DO, code, timepoint_code)


def _ended(case: _Case) -> NextStep | None:
    if ("end-of-study", None) not in case.progress.filled:
        return None
    return NextStep(Text("study ended", "試験終了"), Urgency.DONE)


def _left(case: _Case) -> NextStep | None:
    """Who has left owes nothing more than what lies before: the pathology of what was resected, the closing form."""
    ending = ending_of(case.progress.status)
    if ending is None:
        return None
    wanted = None if ending.withdraws_data else _pathology(case)
    wanted = wanted or _form("end-of-study")(case)
    if wanted is None:
        return NextStep(ending.text, Urgency.DONE)
    text = Text(f"{ending.text.en}: {wanted.text.en}", f"{ending.text.ja}：{wanted.text.ja}")
    return NextStep(text, Urgency.TO_DO, wanted.form)


def _form(code: str) -> _Rule:
    def rule(case: _Case) -> NextStep | None:
        form = _asked(case, code)
        return None if form is None else NextStep(form.label, Urgency.TO_DO, code)

    return rule


def _asked(case: _Case, code: str) -> FormDefinition | None:
    """The form of the subject, where the study has it and no entry is there."""
    if (code, None) in case.progress.filled:
        return None
    return next((form for form in case.definition.forms if form.code == code), None)


def _second_registration(case: _Case) -> NextStep | None:
    if Anchor.SECOND_REGISTRATION in case.progress.dates:
        return None
    text = Text("second registration", "二次登録")
    return NextStep(text, Urgency.TO_DO, "eligibility-second")


def _images(kind: TimepointKind) -> _Rule:
    def rule(case: _Case) -> NextStep | None:
        timepoint = _timepoint(case, kind)
        if timepoint is None or timepoint.imaging is None:
            return None
        required = [item.role for item in case.definition.requirements(timepoint.code) if item.necessity == "required"]
        arrived = case.progress.arrived.get(timepoint.code, frozenset())
        missing = [role for role in required if role not in arrived]
        if not missing or (missing == required and _is_worked_without_images(case, kind)):
            return None
        return _missing_images(case, timepoint, missing, n_required=len(required))

    return rule


def _is_worked_without_images(case: _Case, kind: TimepointKind) -> bool:
    """Nothing was sent, and yet what is done on the images is done: the course goes on without waiting for them."""
    done = {TimepointKind.BASELINE: case.progress.baseline_locked, TimepointKind.PREOPERATIVE: case.progress.is_read}
    return done.get(kind, False)


def _missing_images(case: _Case, timepoint: Timepoint, missing: list[SeriesRole], *, n_required: int) -> NextStep:
    label, window = timepoint.label, window_of(timepoint, case.progress.dates)
    state = due_state(window, today=case.today)
    urgency = Urgency.OVERDUE if state is DueState.OVERDUE else Urgency.TO_DO
    if len(missing) == n_required:
        what = Text(f"{label.en} images", f"{label.ja}画像")
        return NextStep(_when(what, window, state, case.today), urgency, window=window)
    names = joined([ROLE_LABELS[role] for role in missing[:MOST_ROLES_NAMED]])
    more = len(missing) - MOST_ROLES_NAMED
    if more > 0:
        names = Text(f"{names.en} and {more} more", f"{names.ja} ほか{more}件")
    text = Text(f"{label.en}: {names.en} missing", f"{label.ja}：{names.ja} 未受領")
    return NextStep(text, urgency, window=window)


def _lesions(case: _Case) -> NextStep | None:
    if not case.progress.n_lesions:
        return NextStep(Text("list the baseline lesions", "ベースライン病変の登録"), Urgency.TO_DO)
    if not case.progress.baseline_locked:
        return NextStep(Text("lock the baseline list", "ベースライン病変リストの固定"), Urgency.TO_DO)
    return None


def _chemotherapy_running(case: _Case) -> NextStep | None:
    if Anchor.CHEMOTHERAPY_END in case.progress.dates:
        return None
    text = Text("chemotherapy running; enter its last day", "化学療法中（最終投与日を入力）")
    return NextStep(text, Urgency.WAITING, "chemotherapy")


def _resectable(case: _Case) -> NextStep | None:
    if case.progress.resectability in {None, RESECTABLE}:
        return None
    text = Text("MDT: not resectable; next meeting", "MDT：切除可能でない（次回の検討待ち）")
    return NextStep(text, Urgency.WAITING, "mdt-decision")


def _central_read(case: _Case) -> NextStep | None:
    if case.progress.is_read:
        return None
    return NextStep(Text("waits for the central read", "中央判定待ち"), Urgency.WAITING)


def _pathology(case: _Case) -> NextStep | None:
    if not case.progress.awaiting_pathology:
        return None
    names = ", ".join(case.progress.awaiting_pathology)
    return NextStep(Text(f"pathology of {names}", f"病理：{names}"), Urgency.TO_DO, "pathology")


def _follow_up(case: _Case) -> NextStep | None:
    for timepoint in case.definition.timepoints:
        if timepoint.kind is TimepointKind.FOLLOW_UP and not case.progress.is_answered(timepoint.code):
            return _due_form(case, timepoint)
    return None


def _due_form(case: _Case, timepoint: Timepoint) -> NextStep:
    window = window_of(timepoint, case.progress.dates)
    state = due_state(window, today=case.today)
    urgency = {DueState.OPEN: Urgency.TO_DO, DueState.OVERDUE: Urgency.OVERDUE}.get(state, Urgency.WAITING)
    what = Text(f"{timepoint.label.en} form", f"{timepoint.label.ja}の様式")
    return NextStep(_when(what, window, state, case.today), urgency, "follow-up", timepoint.code, window)


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


_BASELINE: Final[tuple[_Rule, ...]] = (_images(TimepointKind.BASELINE), _lesions, _form("baseline-disease"))
_CHEMOTHERAPY: Final[tuple[_Rule, ...]] = (_form("chemotherapy"), _chemotherapy_running)
_DECISION: Final[tuple[_Rule, ...]] = (_form("mdt-decision"), _resectable, _second_registration)
_FROM_SURGERY_ON: Final[tuple[_Rule, ...]] = (
    _central_read,
    _form("surgery"),
    _pathology,
    _follow_up,
    _form("end-of-study"),
)

_STEP_BY_STEP: Final[tuple[_Rule, ...]] = (
    _ended,
    _left,
    _form("eligibility"),
    *_BASELINE,
    *_CHEMOTHERAPY,
    _images(TimepointKind.PREOPERATIVE),
    *_DECISION,
    *_FROM_SURGERY_ON,
)
_ONE_DAY: Final[tuple[_Rule, ...]] = (
    _ended,
    _left,
    _form("eligibility"),
    *_CHEMOTHERAPY,
    *_DECISION,
    *_BASELINE,
    _images(TimepointKind.PREOPERATIVE),
    *_FROM_SURGERY_ON,
)
"""Where both registrations are of one day, what they rest on is recorded that day; images come after."""

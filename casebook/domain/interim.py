"""Whether what the data say today is final: everything is interim until the database of the study is locked.

The study has no switch that declares it locked. It is locked when nothing in it can change any more without being
opened again on purpose, with a reason: every patient's end of study is recorded, every form is locked, no query
stands, no image differs from its form unsettled, no central read or adjudication is open, and no lesion of the
endpoint waits for pathology or imaging. Opening anything makes the study interim again.

Source: ICH E6(R3) 4.2.2 and the study's own order (no endpoint dataset before lock unless it says interim).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.texts import Text


class Gap(StrEnum):
    """What keeps a study from being locked."""

    NO_PATIENTS = "no-patients"
    COURSES = "courses-open"
    FORMS = "forms-not-locked"
    QUERIES = "queries-standing"
    DIFFERENCES = "differences-standing"
    READS = "reads-open"
    LESIONS = "lesions-pending"


@dataclass(frozen=True, slots=True)
class LockFacts:
    """What is still open in a study, counted.

    `n_courses_open` are patients without a recorded end of study, `n_forms_open` entries that are not locked,
    `n_reads_open` cases on a reader's list or an adjudicator's, `n_lesions_pending` lesions of the endpoint whose
    truth is awaited.
    """

    n_patients: int
    n_courses_open: int
    n_forms_open: int
    n_queries_standing: int
    n_differences_standing: int
    n_reads_open: int
    n_lesions_pending: int


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """One thing that keeps the study from being locked, with how many there are."""

    gap: Gap
    n: int
    text: Text


@dataclass(frozen=True, slots=True)
class LockState:
    """Where a study stands on the way to its lock."""

    open: tuple[OpenMatter, ...]

    @property
    def is_interim(self) -> bool:
        """The study is not locked: its numbers can still change."""
        return bool(self.open)

    @property
    def word(self) -> str:
        """Which of the two it is, as files and answers of the program say it."""
        return "interim" if self.is_interim else "final"


_WORDS: Final[Mapping[Gap, tuple[str, str, str]]] = {
    Gap.NO_PATIENTS: ("no patient is registered", "no patient is registered", "登録された患者がいない"),
    Gap.COURSES: (
        "{n} patient without a recorded end of study",
        "{n} patients without a recorded end of study",
        "試験終了が未記録の患者 {n}例",
    ),
    Gap.FORMS: ("{n} form not locked", "{n} forms not locked", "固定（ロック）されていない様式 {n}件"),
    Gap.QUERIES: ("{n} query standing", "{n} queries standing", "未解決のクエリ {n}件"),
    Gap.DIFFERENCES: (
        "{n} difference between forms and images",
        "{n} differences between forms and images",
        "様式と画像の未解決の相違 {n}件",
    ),
    Gap.READS: ("{n} central read open", "{n} central reads open", "未完了の中央判定 {n}件"),
    Gap.LESIONS: (
        "{n} lesion of the endpoint pending",
        "{n} lesions of the endpoint pending",
        "主要評価項目が保留の病変 {n}個",
    ),
}


def lock_state(facts: LockFacts) -> LockState:
    """What is open before the study is locked; nothing where it is."""
    counts = {
        Gap.NO_PATIENTS: int(facts.n_patients == 0),
        Gap.COURSES: facts.n_courses_open,
        Gap.FORMS: facts.n_forms_open,
        Gap.QUERIES: facts.n_queries_standing,
        Gap.DIFFERENCES: facts.n_differences_standing,
        Gap.READS: facts.n_reads_open,
        Gap.LESIONS: facts.n_lesions_pending,
    }
    return LockState(tuple(OpenMatter(gap, n, _said(gap, n)) for gap, n in counts.items() if n))


def _said(gap: Gap, n: int) -> Text:
    one, many, ja = _WORDS[gap]
    return Text((one if n == 1 else many).format(n=n), ja.format(n=n))

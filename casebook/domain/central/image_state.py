"""The state of a timepoint's images: from expected to adjudicated, and what a data manager may decide on them.

Frame: FDA “Clinical Trial Imaging Endpoint Process Standards” (2018): images are checked before anybody reads them, and
every change of their state is audited. A check speaks of the images it was made on; other images begin anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Refused
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.texts import Text, joined


class ImagesState(StrEnum):
    """How far the images of a timepoint are."""

    EXPECTED = "expected"
    RECEIVED = "received"
    QUERY_OPEN = "query-open"
    REJECTED = "rejected"
    NOT_EVALUABLE = "not-evaluable"
    QC_PASSED = "qc-passed"
    READY = "ready"
    READING = "reading"
    READ = "read"
    ADJUDICATED = "adjudicated"

    @property
    def is_in_reading(self) -> bool:
        """Central readers may read the images."""
        return self in IN_READING


class CheckDecision(StrEnum):
    """What a data manager decides on the images of a timepoint."""

    PASSED = "passed"
    QUERY = "query"
    REJECTED = "rejected"
    NOT_EVALUABLE = "not-evaluable"


IN_READING: Final = frozenset({ImagesState.READY, ImagesState.READING, ImagesState.READ, ImagesState.ADJUDICATED})
PASSED: Final = IN_READING | {ImagesState.QC_PASSED}
TAKES_OUT: Final = frozenset({CheckDecision.REJECTED, CheckDecision.NOT_EVALUABLE})
"""Decisions after which what was read on the images does not count."""

STATE_LABELS: Final[Mapping[ImagesState, Text]] = {
    ImagesState.EXPECTED: Text("expected", "受領待ち"),
    ImagesState.RECEIVED: Text("received, to be checked", "受領済み（確認待ち）"),
    ImagesState.QUERY_OPEN: Text("query open", "問い合わせ中"),
    ImagesState.REJECTED: Text("rejected", "不採用"),
    ImagesState.NOT_EVALUABLE: Text("not evaluable", "評価不能"),
    ImagesState.QC_PASSED: Text("check passed", "確認済み"),
    ImagesState.READY: Text("ready for reading", "読影待ち"),
    ImagesState.READING: Text("being read", "読影中"),
    ImagesState.READ: Text("read", "読影済み"),
    ImagesState.ADJUDICATED: Text("adjudicated", "裁定済み"),
}
DECISION_LABELS: Final[Mapping[CheckDecision, Text]] = {
    CheckDecision.PASSED: Text("Passed: good enough to be read", "合格：読影可能な品質"),
    CheckDecision.QUERY: Text("Query: ask the site", "問い合わせ：施設に確認"),
    CheckDecision.REJECTED: Text("Rejected: to be sent or taken again", "不採用：再送または再撮像"),
    CheckDecision.NOT_EVALUABLE: Text("Not evaluable: will not be read", "評価不能：読影しない"),
}


class CheckRefused(Refused):
    """The decision does not go with what is there: no images, no reason, a pass with series missing."""

    code = "image-check"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of the images of a timepoint.

    `check` is the newest decision, where it was made on the images that are there now. `n_begun` and `n_signed` count
    the central reads of round 1 that are not stale; `n_needed` is 0 where the study reads the timepoint nowhere.
    `are_earlier_ready` says that all timepoints read before this one may be read, since a later one waits for them.
    """

    has_images: bool
    is_described: bool = True
    check: CheckDecision | None = None
    is_list_locked: bool = False
    are_earlier_ready: bool = True
    n_needed: int = 0
    n_begun: int = 0
    n_signed: int = 0
    is_adjudicated: bool = False


_UNPASSED: Final = {
    CheckDecision.QUERY: ImagesState.QUERY_OPEN,
    CheckDecision.REJECTED: ImagesState.REJECTED,
    CheckDecision.NOT_EVALUABLE: ImagesState.NOT_EVALUABLE,
}


def state_of(facts: ImageFacts) -> ImagesState:
    """Work out the state; images without a check of their own are received, whatever was read before they came."""
    if not facts.has_images:
        return ImagesState.EXPECTED
    if facts.check is None or not facts.is_described:
        return ImagesState.RECEIVED
    if facts.check is not CheckDecision.PASSED:
        return _UNPASSED[facts.check]
    return _state_of_passed(facts)


def _state_of_passed(facts: ImageFacts) -> ImagesState:
    if not (facts.n_needed and facts.is_list_locked and facts.are_earlier_ready):
        return ImagesState.QC_PASSED
    if facts.is_adjudicated:
        return ImagesState.ADJUDICATED
    if facts.n_signed >= facts.n_needed:
        return ImagesState.READ
    return ImagesState.READING if facts.n_begun else ImagesState.READY


def decisions(facts: ImageFacts) -> tuple[CheckDecision, ...]:
    """Return what may be decided now: nothing without images, and no second pass of the same images."""
    if not facts.has_images:
        return ()
    is_passed = state_of(facts) in PASSED
    can_pass = facts.is_described and not is_passed
    return tuple(one for one in CheckDecision if can_pass or one is not CheckDecision.PASSED)


def require_decidable(
    facts: ImageFacts,
    decision: CheckDecision,
    *,
    reason: str,
    missing: Sequence[SeriesRole] = (),
    objected: Sequence[SeriesRole] = (),
) -> None:
    """Raise CheckRefused where the decision is not possible, or says too little of why.

    `missing` are required series that have not arrived, `objected` those whose images were refused.
    """
    if decision not in decisions(facts):
        raise CheckRefused(_impossible(facts), field="decision")
    if decision is not CheckDecision.PASSED and not reason.strip():
        raise CheckRefused(
            Text(
                "Say why; the reason stands beside the state and in the audit trail.",
                "理由を入力してください。状態とともに表示され、監査証跡に残ります。",
            ),
            field="reason",
        )
    if decision is CheckDecision.PASSED and missing and not reason.strip():
        names = joined([ROLE_LABELS[role] for role in missing])
        raise CheckRefused(
            Text(
                f"Required series are missing: {names.en}. Ask the site for them, or say why the images pass so.",
                f"必須シリーズが未受領です：{names.ja}。施設に問い合わせるか、このまま合格とする理由を入力してください。",
            ),
            field="reason",
        )
    if decision is CheckDecision.PASSED and objected and not reason.strip():
        names = joined([ROLE_LABELS[role] for role in objected])
        raise CheckRefused(
            Text(
                f"A repeat was requested, or images are not evaluable: {names.en}. Say why the timepoint passes so.",
                f"再撮像・再送を依頼中、または評価不能の必須シリーズがあります：{names.ja}。このまま合格とする理由を"
                "入力してください。",
            ),
            field="reason",
        )


def _impossible(facts: ImageFacts) -> Text:
    if not facts.has_images:
        return Text("No images of this timepoint are here yet.", "この時点の画像はまだ受領していません。")
    if not facts.is_described:
        return Text(
            "The images are still being looked through; try again in a minute.",
            "画像の解析中です。少し待ってからやり直してください。",
        )
    return Text("These images have passed their check already.", "この画像は確認済みです。")

"""What a data manager says of a series' quality, beside what the checks found; it holds for those images alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from casebook.domain.central.image_state import CheckRefused
from casebook.domain.imaging import SeriesRole
from casebook.domain.protocol_findings import Severity, Verdict
from casebook.domain.texts import Text

VERDICT_LABELS: Final[Mapping[Verdict, Text]] = {
    Verdict.ACCEPT: Text("Accepted", "採用"),
    Verdict.ACCEPT_WITH_DEVIATION: Text("Accepted with deviation", "逸脱ありで採用"),
    Verdict.REPEAT_REQUESTED: Text("Repeat requested", "再撮像・再送を依頼"),
    Verdict.NOT_EVALUABLE: Text("Not evaluable", "評価不能"),
}
ACCEPTED: Final = frozenset({Verdict.ACCEPT, Verdict.ACCEPT_WITH_DEVIATION})
_OF_SEVERITY: Final = {
    Severity.NOTE: Verdict.ACCEPT,
    Severity.DEVIATION: Verdict.ACCEPT_WITH_DEVIATION,
    Severity.REPEAT: Verdict.REPEAT_REQUESTED,
    Severity.NOT_EVALUABLE: Verdict.NOT_EVALUABLE,
}


@dataclass(frozen=True, slots=True)
class JudgedSeries:
    """The roles of a series and the verdict that holds for the images it has now."""

    roles: frozenset[SeriesRole]
    verdict: Verdict | None


def proposed(severities: Iterable[str]) -> Verdict:
    """Return the verdict that the gravest finding of the checks proposes; a person decides."""
    order = list(Severity)
    return _OF_SEVERITY[max((Severity(one) for one in severities), key=order.index, default=Severity.NOTE)]


def require_comment(verdict: Verdict, comment: str) -> None:
    """Raise CheckRefused where a verdict other than plain acceptance does not say why."""
    if verdict is not Verdict.ACCEPT and not comment.strip():
        raise CheckRefused(
            Text(
                "Say what is wrong with the series; the site reads it where a repeat is requested.",
                "シリーズの問題点を入力してください。再撮像・再送を依頼する場合は施設にも表示されます。",
            ),
            field="comment",
        )


def objected(series: Iterable[JudgedSeries], required: Collection[SeriesRole]) -> tuple[SeriesRole, ...]:
    """Return the required roles whose images were refused, where no other series of the role was accepted."""
    judged = list(series)

    def has(role: SeriesRole, verdicts: Collection[Verdict]) -> bool:
        return any(role in one.roles and one.verdict in verdicts for one in judged)

    refused = frozenset(Verdict) - ACCEPTED
    return tuple(role for role in required if has(role, refused) and not has(role, ACCEPTED))

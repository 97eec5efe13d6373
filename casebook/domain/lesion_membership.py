"""Which lesions count in the endpoint: those of the baseline list, and what came of them by split or merge.

A lesion counts as it stands now, since reads, surgery and specimens speak of it so: after a split its parts count,
after a merge the one that is left; the ended ones do not, or a lesion would count twice. A lesion that appeared after
baseline cannot have disappeared since, and one entered in error was none (decision 19).
"""

from collections.abc import Sequence
from dataclasses import replace

from casebook.domain.lesion_events import LesionState, Origin
from casebook.domain.outcome import Outcome, OutcomeStatus, Reason
from casebook.domain.texts import Text


def reason_left_out(origin: Origin, state: LesionState, children: Sequence[str]) -> Reason | None:
    """Return why a lesion does not count in the endpoint; None where it does. `children` are what came of it."""
    into = ", ".join(children)
    if state is LesionState.VOID:
        return Reason("entered-in-error", Text("entered in error", "誤入力"))
    if state is LesionState.SPLIT:
        return Reason("split", Text(f"split into {into}", f"{into} に分割"))
    if state is LesionState.MERGED:
        return Reason("merged", Text(f"merged into {into}", f"{into} に融合"))
    if origin is Origin.NEW:
        return Reason("appeared-after-baseline", Text("appeared after baseline", "ベースライン後に出現"))
    return None


def left_out(outcome: Outcome, why: Reason) -> Outcome:
    """Return the outcome outside every set of the endpoint, bounds included; what became of the lesion stays known."""
    reason = Reason(why.code, Text(f"not in the endpoint · {why.text.en}", f"評価対象外 · {why.text.ja}"))
    step = Text(
        f"outcome: {reason.text.en} (rule outcome {outcome.rule_version})",
        f"判定：{reason.text.ja}（規則 outcome {outcome.rule_version}）",
    )
    return replace(
        outcome,
        status=OutcomeStatus.NOT_IN_ENDPOINT,
        reason=reason,
        strategies=frozenset(),
        possible=frozenset(),
        trace=(*outcome.trace[:-1], step),
    )

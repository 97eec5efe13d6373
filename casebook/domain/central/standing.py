"""How a case stands on its way to the read that counts, and in words why a lesion's cDLM is what it is.

For people who are not blinded. Readers are not named: what counts is whether the two agreed and, where they did not,
whose verdict the adjudicator chose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casebook.domain.central.adjudication import AdjudicationState, Chosen, Disputed, Side
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Settlement:
    """An adjudication that is not void; `first` says which side is the first reader's."""

    state: AdjudicationState
    disputes: tuple[Disputed, ...]
    choices: Mapping[str, Chosen] = field(default_factory=dict)
    first: Side = Side.LEFT
    has_adjudicator: bool = True

    def about(self, label: str) -> Disputed | None:
        """The dispute about a lesion of the list, if there is one."""
        return next((item for item in self.disputes if item.label == label and item.only_in is None), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A timepoint's central reads: how many of `n_readers` are signed, and the adjudication where there is one.

    `accepted` is the kind of the read that counts (site, central, adjudication), None while none does.
    """

    n_readers: int
    n_signed: int
    accepted: str | None = None
    settlement: Settlement | None = None

    @property
    def is_settled(self) -> bool:
        """A central read counts, with or without an adjudicator."""
        return self.accepted in {"central", "adjudication"}


def why(standing: Standing, label: str) -> Text:
    """Return why a lesion's cDLM is what it is, or what it waits for."""
    settlement = standing.settlement
    if settlement is not None and settlement.state is AdjudicationState.OPEN:
        return _waiting(settlement, label)
    if settlement is not None and settlement.state is AdjudicationState.DECIDED and standing.is_settled:
        return _decided(settlement, label)
    if standing.accepted == "central":
        return _agreed(standing)
    n, n_all = standing.n_signed, standing.n_readers
    if standing.accepted == "site":
        return Text(f"local read; central reads {n} of {n_all}", f"施設読影による（中央判定 {n}／{n_all}）")
    return Text(f"reads not complete ({n} of {n_all})", f"読影未完了（{n}／{n_all}）")


def _agreed(standing: Standing) -> Text:
    if standing.n_signed < standing.n_readers or standing.n_readers == 1:
        return Text("central read", "中央判定")
    return Text("both readers agree", "読影者2名が一致")


def _waiting(settlement: Settlement, label: str) -> Text:
    if settlement.about(label) is None:
        return Text("readers agree; case waits for adjudication", "読影は一致、症例は裁定待ち")
    if settlement.has_adjudicator:
        return Text("readers differ; waits for adjudication", "読影が不一致、裁定待ち")
    return Text("readers differ; no adjudicator yet", "読影が不一致、裁定医が未定")


def _decided(settlement: Settlement, label: str) -> Text:
    chosen = settlement.choices.get(label) if settlement.about(label) else None
    if chosen is None:
        return Text("both readers agree", "読影者2名が一致")
    if chosen.choice.side is None:
        return Text("adjudicated: third verdict", "裁定：第3の判定")
    if chosen.choice.side is settlement.first:
        return Text("adjudicated: first reader", "裁定：第1読影者の判定")
    return Text("adjudicated: second reader", "裁定：第2読影者の判定")

"""Roles that a person confirmed stand; what a rule proposes is only about the images beside them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from casebook.domain.errors import Stale
from casebook.domain.imaging import SeriesRole
from casebook.domain.series_labels import ROLE_LABELS
from casebook.domain.series_roles import RoleProposal
from casebook.domain.texts import Text

CORRECTED: Final = "corrected by a person"
PROPOSED_ANEW: Final = Text(
    "The roles of this series were proposed anew since the page was opened; look at them first.",
    "画面を開いた後にシリーズ種別の推定がやり直されました。画面を読み直してください。",
)


def corrected(proposal: RoleProposal, role: SeriesRole) -> RoleProposal:
    """Return a part of a series with the role that a person gave it; it says what the rule had proposed."""
    was = ROLE_LABELS[proposal.role]
    said = Text(
        f"{CORRECTED}; the rule proposed {was.en} ({proposal.confidence:.2f})",
        f"人が訂正（推定は{was.ja}、確信度 {proposal.confidence:.2f}）",
    )
    return replace(
        proposal,
        role=role,
        confidence=1.0,
        evidence=(said,),
        rule=CORRECTED,
        b_values_s_per_mm2=proposal.b_values_s_per_mm2 if role is SeriesRole.DWI else (),
    )


def beside_confirmed(
    confirmed: Sequence[RoleProposal], proposed: Sequence[RoleProposal], sop_uids: Collection[str]
) -> tuple[RoleProposal, ...]:
    """Return the proposals for those images of a series that no confirmed role covers."""
    if any(one.sop_uids is None and one.frame_numbers is None for one in confirmed):
        return ()
    covered = {uid for one in confirmed for uid in one.sop_uids or ()}
    found = []
    for one in proposed:
        left = tuple(uid for uid in one.sop_uids or sorted(sop_uids) if uid not in covered)
        if left and (one.frame_numbers is None or one.sop_uids is None or len(left) == len(one.sop_uids)):
            is_whole = not covered and one.sop_uids is None
            found.append(one if is_whole else replace(one, sop_uids=left))
    return tuple(found)


def require_known(wanted: Collection[object], known: Collection[object]) -> None:
    """Raise Stale where a part is named that the series no longer has."""
    if not set(wanted) <= set(known):
        raise Stale(PROPOSED_ANEW)

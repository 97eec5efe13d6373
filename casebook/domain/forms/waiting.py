"""What a saved form entry waits for: each entry is in exactly one of the classes, by its state and its form."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from casebook.domain.forms.states import EntryAct, EntryState
from casebook.domain.texts import Text


class Waits(StrEnum):
    """What has to happen next; nothing more once it is locked."""

    COMPLETION = "to-finish"
    VERIFICATION = "to-verify"
    SIGNATURE = "to-sign"
    FREEZING = "to-freeze"
    LOCKING = "to-lock"
    NOTHING = "locked"


LABELS: Final[Mapping[Waits, Text]] = {
    Waits.COMPLETION: Text("to finish", "入力途中"),
    Waits.VERIFICATION: Text("to verify", "確認待ち"),
    Waits.SIGNATURE: Text("to sign", "署名待ち"),
    Waits.FREEZING: Text("to freeze", "凍結待ち"),
    Waits.LOCKING: Text("to lock", "固定待ち"),
    Waits.NOTHING: Text("locked", "固定（ロック）"),
}

ACTS: Final[Mapping[Waits, tuple[EntryAct, ...]]] = {
    Waits.COMPLETION: (),
    Waits.VERIFICATION: (EntryAct.VERIFY,),
    Waits.SIGNATURE: (EntryAct.WITHDRAW_VERIFICATION,),
    Waits.FREEZING: (EntryAct.FREEZE, EntryAct.WITHDRAW_VERIFICATION),
    Waits.LOCKING: (EntryAct.LOCK, EntryAct.UNFREEZE),
    Waits.NOTHING: (EntryAct.UNLOCK,),
}
"""What is done on many entries of a class at once, the way on before the way back; a signature is given one by one."""

ACT_LABELS: Final[Mapping[EntryAct, Text]] = {
    EntryAct.VERIFY: Text("Verify", "確認"),
    EntryAct.WITHDRAW_VERIFICATION: Text("Withdraw verification", "確認の取り消し"),
    EntryAct.FREEZE: Text("Freeze", "凍結"),
    EntryAct.UNFREEZE: Text("Unfreeze", "凍結の解除"),
    EntryAct.LOCK: Text("Lock", "固定（ロック）"),
    EntryAct.UNLOCK: Text("Unlock", "固定（ロック）の解除"),
}


def waits_for(state: EntryState, *, needs_signature: bool) -> Waits:
    """Return the class of a saved entry."""
    if state is EntryState.VERIFIED and needs_signature:
        return Waits.SIGNATURE
    return {
        EntryState.COMPLETE: Waits.VERIFICATION,
        EntryState.VERIFIED: Waits.FREEZING,
        EntryState.SIGNED: Waits.FREEZING,
        EntryState.FROZEN: Waits.LOCKING,
        EntryState.LOCKED: Waits.NOTHING,
    }.get(state, Waits.COMPLETION)

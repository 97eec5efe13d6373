"""The states of a form entry and the acts between them: entered, complete, verified, signed, frozen, locked.

Order and consequences are those of ICH E6(R3) 4.2.2 and 21 CFR 11.10(f) and 11.70: a signature stands on verified data
and falls with any change of them; what is frozen changes for nobody until it is opened again, with a reason.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Refused
from casebook.domain.texts import Text, joined


class EntryState(StrEnum):
    """Where one form entry stands."""

    NOT_STARTED = "not-started"
    STARTED = "started"
    COMPLETE = "complete"
    VERIFIED = "verified"
    SIGNED = "signed"
    FROZEN = "frozen"
    LOCKED = "locked"


class EntryAct(StrEnum):
    """What a person does with a form entry. `complete` saves it whole, the first time or as a change."""

    SAVE_DRAFT = "save-draft"
    COMPLETE = "complete"
    VERIFY = "verify"
    WITHDRAW_VERIFICATION = "withdraw-verification"
    SIGN = "sign"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    LOCK = "lock"
    UNLOCK = "unlock"


STATE_LABELS: Final[Mapping[EntryState, Text]] = {
    EntryState.NOT_STARTED: Text("not started", "未入力"),
    EntryState.STARTED: Text("started", "入力中"),
    EntryState.COMPLETE: Text("complete", "完了"),
    EntryState.VERIFIED: Text("verified", "確認済"),
    EntryState.SIGNED: Text("signed", "署名済"),
    EntryState.FROZEN: Text("frozen", "凍結"),
    EntryState.LOCKED: Text("locked", "固定（ロック）"),
}

CLOSED: Final = frozenset({EntryState.FROZEN, EntryState.LOCKED})
"""Nobody changes what such an entry says."""

CHANGES_DATA: Final = frozenset({EntryAct.SAVE_DRAFT, EntryAct.COMPLETE})
"""The acts that bring answers; every other act leaves them as they are."""

_KEPT: Final = frozenset({EntryState.COMPLETE, EntryState.VERIFIED, EntryState.SIGNED, *CLOSED})
_ALWAYS_WITH_REASON: Final = frozenset({EntryAct.WITHDRAW_VERIFICATION, EntryAct.UNFREEZE, EntryAct.UNLOCK})

_FROM: Final[Mapping[EntryAct, frozenset[EntryState]]] = {
    EntryAct.SAVE_DRAFT: frozenset({EntryState.NOT_STARTED, EntryState.STARTED}),
    EntryAct.COMPLETE: frozenset(EntryState) - CLOSED,
    EntryAct.VERIFY: frozenset({EntryState.COMPLETE}),
    EntryAct.WITHDRAW_VERIFICATION: frozenset({EntryState.VERIFIED, EntryState.SIGNED}),
    EntryAct.SIGN: frozenset({EntryState.VERIFIED}),
    EntryAct.FREEZE: frozenset({EntryState.SIGNED}),
    EntryAct.UNFREEZE: frozenset({EntryState.FROZEN}),
    EntryAct.LOCK: frozenset({EntryState.FROZEN}),
    EntryAct.UNLOCK: frozenset({EntryState.LOCKED}),
}
"""From where each act is possible; without a signature see `possible_from`."""

_TO: Final[Mapping[EntryAct, EntryState]] = {
    EntryAct.SAVE_DRAFT: EntryState.STARTED,
    EntryAct.COMPLETE: EntryState.COMPLETE,
    EntryAct.VERIFY: EntryState.VERIFIED,
    EntryAct.WITHDRAW_VERIFICATION: EntryState.COMPLETE,
    EntryAct.SIGN: EntryState.SIGNED,
    EntryAct.FREEZE: EntryState.FROZEN,
    EntryAct.UNFREEZE: EntryState.SIGNED,
    EntryAct.LOCK: EntryState.LOCKED,
    EntryAct.UNLOCK: EntryState.FROZEN,
}

_PASSIVE: Final[Mapping[EntryAct, Text]] = {
    EntryAct.SAVE_DRAFT: Text("saved as a draft", "下書き保存"),
    EntryAct.COMPLETE: Text("changed", "変更"),
    EntryAct.VERIFY: Text("verified", "確認"),
    EntryAct.WITHDRAW_VERIFICATION: Text("taken back to complete", "確認の取り消し"),
    EntryAct.SIGN: Text("signed", "署名"),
    EntryAct.FREEZE: Text("frozen", "凍結"),
    EntryAct.UNFREEZE: Text("unfrozen", "凍結の解除"),
    EntryAct.LOCK: Text("locked", "固定（ロック）"),
    EntryAct.UNLOCK: Text("unlocked", "固定（ロック）の解除"),
}


class FormStateRefused(Refused):
    """An act that the entry's state does not allow; it says the state and what must come first."""

    code = "form-state"


def after(state: EntryState, act: EntryAct, *, needs_signature: bool) -> EntryState:
    """The state that `act` leads to. Raises FormStateRefused where it is not possible now."""
    possible = possible_from(act, needs_signature=needs_signature)
    if state not in possible:
        raise FormStateRefused(_refusal(state, act, possible))
    if act is EntryAct.UNFREEZE and not needs_signature:
        return EntryState.VERIFIED
    return _TO[act]


def possible_from(act: EntryAct, *, needs_signature: bool) -> frozenset[EntryState]:
    """The states in which `act` is possible; a form that needs no signature is frozen once it is verified."""
    if needs_signature:
        return _FROM[act]
    if act is EntryAct.SIGN:
        return frozenset()
    return _FROM[act] | {EntryState.VERIFIED} if act is EntryAct.FREEZE else _FROM[act]


def allowed_acts(state: EntryState, *, needs_signature: bool) -> frozenset[EntryAct]:
    """Every act that is possible in `state`."""
    return frozenset(act for act in EntryAct if state in possible_from(act, needs_signature=needs_signature))


def needs_reason(state: EntryState, act: EntryAct) -> bool:
    """Whether the person has to say why: on every step back, and when a saved complete entry changes."""
    return act in _ALWAYS_WITH_REASON or (act is EntryAct.COMPLETE and state in _KEPT)


def _refusal(state: EntryState, act: EntryAct, possible: frozenset[EntryState]) -> Text:
    now, done = STATE_LABELS[state], _PASSIVE[act]
    if not possible:
        return Text("This form asks for no signature.", "この様式に署名は必要ありません。")
    if act in CHANGES_DATA and state in CLOSED:
        frozen = state is EntryState.FROZEN
        opened = Text("unfrozen", "凍結") if frozen else Text("unlocked and unfrozen", "固定と凍結")
        return Text(
            f"The form is {now.en} and cannot be changed; it has to be {opened.en} first.",
            f"この様式は「{now.ja}」のため変更できません。先に{opened.ja}の解除が必要です。",
        )
    first = joined([STATE_LABELS[item] for item in EntryState if item in possible], en=" or ", ja="・")
    return Text(
        f"The form is {now.en}; only a form that is {first.en} can be {done.en}.",
        f"この様式は「{now.ja}」です。{done.ja}は「{first.ja}」のときにできます。",
    )

"""Files that wait for a person: why, in plain words, what may be done about it, and how a decision ends it.

The received bytes stay as they are whatever is decided. A release lifts exactly the objection that was looked at; a
file that meets another one stays held for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text


class HeldState(StrEnum):
    """How a held file stands."""

    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"
    MOVED = "moved"


class Decision(StrEnum):
    """What a person decides on a held file."""

    RELEASE = "release"
    REFUSE = "refuse"
    MOVE = "move"


STATE_AFTER: Final[Mapping[Decision, HeldState]] = {
    Decision.RELEASE: HeldState.RELEASED,
    Decision.REFUSE: HeldState.REFUSED,
    Decision.MOVE: HeldState.MOVED,
}


class QuarantineRefused(Refused):
    """The decision is not possible: it was decided otherwise, or the reason for holding does not allow it."""

    code = "quarantine"


class Family(StrEnum):
    """Reasons of one kind, about which the same is to be done."""

    PIXELS = "pixels"
    PERSON = "person"
    PLACE = "place"
    UIDS = "uids"
    AGAIN = "again"
    NOT_OURS = "not-ours"
    OTHER_BYTES = "other-bytes"
    BROKEN = "broken"


RELEASABLE: Final = frozenset({Family.PIXELS, Family.PERSON, Family.UIDS, Family.AGAIN})
"""What a person may let pass after looking at it."""
MOVABLE: Final = frozenset({Family.PIXELS, Family.PERSON, Family.PLACE, Family.UIDS})
"""What may belong to another patient or timepoint of the site."""

TO_DO: Final[Mapping[Family, Text]] = {
    Family.PIXELS: Text(
        "Look at the picture. Release it where nobody can be recognised, or give the rectangles that show a name or "
        "number: they are blanked in the archived image. Otherwise refuse it and ask the site for images without text.",
        "画像を確認してください。個人が特定できなければ解除します。氏名や番号が写っている場合は、その範囲を指定すると、"
        "保管画像では塗りつぶされます。いずれもできない場合は却下し、文字のない画像の再送を施設に依頼してください。",
    ),
    Family.PERSON: Text(
        "Ask the site whose images these are. Release them where the site confirms the patient (a new number, a name "
        "changed), move them where they belong to another patient or timepoint of the site, otherwise refuse them.",
        "どの患者の画像かを施設に確認してください。同一患者と確認できれば（番号や氏名の変更など）解除し、同じ施設の別の患者"
        "または時点の画像であれば移動し、それ以外は却下してください。",
    ),
    Family.PLACE: Text(
        "Ask the site which patient and timepoint the images belong to, and move them there; otherwise refuse them.",
        "どの患者・時点の画像かを施設に確認し、正しい時点へ移動してください。それ以外は却下してください。",
    ),
    Family.UIDS: Text(
        "A program changed the UIDs and left the file's meta information behind. Release the file where the picture is "
        "the right one; the UID of the data set counts then. Otherwise ask for the original images.",
        "UIDを書き換えたソフトウェアがファイルメタ情報を更新していません。画像が正しければ解除してください（データセットの"
        "UIDが使われます）。それ以外は原画像の再送を依頼してください。",
    ),
    Family.AGAIN: Text(
        "The file may be whole: release has it read once more under the same limits. Otherwise ask for it again.",
        "ファイル自体は正常な可能性があります。解除すると同じ制限のもとで再度読み込みます。それ以外は再送を依頼してください。",
    ),
    Family.NOT_OURS: Text(
        "The study has no use for this kind of object: refuse it. It cannot be released.",
        "本試験では使用しない種類のオブジェクトです。却下してください（解除はできません）。",
    ),
    Family.OTHER_BYTES: Text(
        "An archived image is never overwritten. Ask the site which of the two is right; refuse this one, and have a "
        "corrected image sent with UIDs of its own.",
        "保管済みの画像は上書きされません。どちらが正しいかを施設に確認し、こちらは却下のうえ、訂正画像は新しいUIDで再送を"
        "依頼してください。",
    ),
    Family.BROKEN: Text(
        "The file cannot be archived as it is: ask the site to export and send it again, then refuse this one.",
        "このままでは保管できません。再出力と再送を施設に依頼し、このファイルは却下してください。",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file is held, in words, and of which kind that is."""

    what: Text
    family: Family

    @property
    def to_do(self) -> Text:
        """What the person who decides does about it."""
        return TO_DO[self.family]

    @property
    def may_be_released(self) -> bool:
        """A person may let it pass."""
        return self.family in RELEASABLE

    @property
    def may_be_moved(self) -> bool:
        """It may belong to another patient or timepoint."""
        return self.family in MOVABLE

    @property
    def may_be_blanked(self) -> bool:
        """Rectangles of its pixels may be blanked."""
        return self.family is Family.PIXELS


def require_still_held(state: HeldState, decision: Decision) -> bool:
    """Return whether there is anything to do: the same decision again is none. Raises QuarantineRefused."""
    if state is HeldState.HELD:
        return True
    if STATE_AFTER[decision] is state:
        return False
    raise QuarantineRefused(
        Text(
            f"Somebody decided on this file already: {state}. Look at it again.",
            "このファイルはすでに他の人が判定しています。画面を読み直してください。",
        )
    )


def require_same_reason(now: str, seen: str) -> None:
    """Raise QuarantineRefused where the file is held for another reason than the one that was looked at."""
    if now != seen:
        raise QuarantineRefused(
            Text(
                "The file is held for another reason than the one you decided on. Look at it again.",
                "隔離の理由が変わっています。画面を読み直してください。",
            ),
            field="objection",
        )


def require_possible(reason: Reason, decision: Decision, *, n_rectangles: int = 0) -> None:
    """Raise QuarantineRefused where the reason for holding does not allow the decision."""
    if decision is Decision.RELEASE and not reason.may_be_released:
        raise QuarantineRefused(
            Text(
                f"This file cannot be released. {reason.to_do.en}",
                f"このファイルは解除できません。{reason.to_do.ja}",
            ),
            field="decision",
        )
    if decision is Decision.MOVE and not reason.may_be_moved:
        raise QuarantineRefused(
            Text(
                "Moving does not help here: the file itself cannot be archived.",
                "ファイル自体を保管できないため、移動しても解決しません。",
            ),
            field="decision",
        )
    if n_rectangles and not (decision is Decision.RELEASE and reason.may_be_blanked):
        raise QuarantineRefused(
            Text(
                "Rectangles are blanked only in images that are released for what their pixels show.",
                "塗りつぶしは、画素に写り込んだ情報のために隔離された画像を解除する場合にのみ行えます。",
            ),
            field="blank",
        )


def require_why(reason: str) -> str:
    """Return why a decision is made. Raises Invalid where nothing is said."""
    if not reason.strip():
        raise Invalid(
            Text(
                "Say why; the reason stands beside the file and in the audit trail.",
                "理由を入力してください。ファイルとともに表示され、監査証跡に残ります。",
            ),
            field="reason",
        )
    return reason.strip()

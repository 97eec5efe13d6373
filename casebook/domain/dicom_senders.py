"""A site's machines that send by DICOM, and what they are to be called."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

LONGEST_AE_TITLE: Final = 16
"""PS3.5 6.2, VR AE."""
MOST_WORDS: Final = 200
MOST_HOST_CHARACTERS: Final = 253
LARGEST_PORT: Final = 65535
LONGEST_ANNOUNCEMENT: Final = timedelta(days=14)
"""An announcement is about one examination's transfer; one forgotten would draw other patients' images to it."""

_AE_TITLE: Final = re.compile(r"[\x21-\x5b\x5d-\x7e](?:[\x20-\x5b\x5d-\x7e]*[\x21-\x5b\x5d-\x7e])?")
_HOST: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.:-]*[0-9A-Za-z])?")

AE_TITLE_RULE: Final = Text(
    "An AE title has 1 to 16 letters, digits and signs of ASCII, without a backslash.",
    "AEタイトルは16文字以内のASCII文字で入力してください（バックスラッシュは使用できません）。",
)
DESCRIPTION_RULE: Final = Text(
    "Say in up to 200 characters what machine this is.", "機器の説明を200文字以内で入力してください。"
)
HOST_RULE: Final = Text(
    "A host is a name or an address, such as 10.1.2.3.",
    "ホストは名前またはアドレス（例：10.1.2.3）で入力してください。",
)
PORT_RULE: Final = Text("A port is a number from 1 to 65535.", "ポートは1から65535の数値です。")
BOTH_OR_NEITHER: Final = Text(
    "Give host and port together, or neither: they are where storage commitment is answered.",
    "ホストとポートは両方入力するか、両方空欄にしてください（保存確認の返信先です）。",
)
END_RULE: Final = Text(
    "A delivery may be announced for up to 14 days from now.", "送信予告の期限は、今から14日以内にしてください。"
)


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """A machine: what it calls itself and us; `host` and `port` where it takes answers to storage commitment."""

    calling_ae_title: str
    called_ae_title: str
    description: str
    host: str | None = None
    port: int | None = None

    def checked(self) -> "SenderFacts":
        """Return the facts without blanks around them. Raises Invalid."""
        facts = replace(
            self,
            calling_ae_title=_ae_title(self.calling_ae_title, "calling_ae_title"),
            called_ae_title=_ae_title(self.called_ae_title, "called_ae_title"),
            description=self.description.strip(),
            host=(self.host or "").strip() or None,
        )
        _require(
            0 < len(facts.description) <= MOST_WORDS and facts.description.isprintable(),
            DESCRIPTION_RULE,
            "description",
        )
        _require((facts.host is None) == (facts.port is None), BOTH_OR_NEITHER, "port" if facts.host else "host")
        if facts.host is not None:
            _require(
                len(facts.host) <= MOST_HOST_CHARACTERS and _HOST.fullmatch(facts.host) is not None, HOST_RULE, "host"
            )
        if facts.port is not None:
            _require(0 < facts.port <= LARGEST_PORT, PORT_RULE, "port")
        return facts


def require_end(closes_at: datetime, *, now: datetime) -> None:
    """Refuse an announcement that is over already or runs for too long. Raises Invalid."""
    _require(now < closes_at <= now + LONGEST_ANNOUNCEMENT, END_RULE, "closes_at")


def _ae_title(said: str, field: str) -> str:
    title = said.strip(" ")
    _require(len(title) <= LONGEST_AE_TITLE and _AE_TITLE.fullmatch(title) is not None, AE_TITLE_RULE, field)
    return title


def _require(is_met: bool, rule: Text, field: str) -> None:  # noqa: FBT001 - an assertion about input
    if not is_met:
        raise Invalid(rule, field=field)

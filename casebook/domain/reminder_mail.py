"""The mail of a digest, in the contact's language: trial, site and registration numbers only."""

import re
from dataclasses import dataclass
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.reminders import ORDER, STATE_LABELS, Digest, DueItem, ReminderState
from casebook.domain.texts import Language, Text, joined

ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
"""An address as hospitals have them; what RFC 5322 allows beyond is refused, line breaks above all."""
MOST_LINES: Final = 60
"""Items of one mail; the page has all of them."""
ONE_ADDRESS: Final = Text(
    "Give one mail address, as name@hospital.example.",
    "メールアドレスを1件入力してください。",
)
GREETING: Final = Text("What is due at your site:", "貴施設で期限が到来している項目は次のとおりです。")
MORE: Final = Text("and {n} more", "ほか{n}件")
WHERE: Final = Text("Open your list:", "作業一覧：")
FOOT: Final = Text(
    "Sent once a day at most by the study's data centre. This mail names no patient but by registration number; please "
    "keep it so if you answer.",
    "このメールはデータセンターから1日1回を上限に自動送信しています。症例は登録番号のみで記載しています。返信の際も"
    "氏名・イニシャル・カルテ番号は記載しないでください。",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, ready to be sent; its text is plain."""

    to: str
    subject: str
    body: str


def require_address(address: str) -> str:
    """Return the address without blanks around it. Raises Invalid for what is none."""
    said = address.strip()
    if not ADDRESS.fullmatch(said):
        raise Invalid(ONE_ADDRESS, field="address")
    return said


def digest_mail(
    digest: Digest, *, study: str, site_name: Text, to: str, language: Language, public_url: str | None
) -> Mail:
    """Return the mail of a site's digest: the same for the same digest, whenever it is made."""
    lines = [
        f"{study} · {digest.site} {site_name.into(language)} · {digest.as_of}",
        "",
        GREETING.into(language),
        *_items(digest, language),
        "",
        *([f"{WHERE.into(language)} {public_url.rstrip('/')}/work", ""] if public_url else []),
        FOOT.into(language),
        "",
    ]
    return Mail(to, _subject(digest, study).into(language), "\n".join(lines))


def _subject(digest: Digest, study: str) -> Text:
    counts = [
        Text(f"{len(found)} {STATE_LABELS[state].en}", f"{STATE_LABELS[state].ja}{len(found)}件")
        for state in ORDER
        if (found := digest.of_state(state))
    ]
    said = joined(counts, en=", ", ja="、")
    return Text(f"[{study}] {digest.site}: {said.en}", f"[{study}] {digest.site}：{said.ja}")


def _items(digest: Digest, language: Language) -> list[str]:
    lines: list[str] = []
    left = MOST_LINES
    for state in ORDER:
        found = digest.of_state(state)
        if found:
            lines += ["", _heading(state, len(found), language)]
            lines += [_line(item, language) for item in found[:left]]
            if len(found) > left:
                lines.append(f"  {MORE.into(language).format(n=len(found) - left)}")
            left = max(left - len(found), 0)
    return lines


def _heading(state: ReminderState, n: int, language: Language) -> str:
    label = STATE_LABELS[state].into(language)
    return f"{label[:1].upper()}{label[1:]} ({n})"


def _line(item: DueItem, language: Language) -> str:
    separator = "：" if language == "ja" else ": "
    return f"  {item.owed.reference}  {item.owed.what.into(language)}{separator}{item.when.into(language)}"

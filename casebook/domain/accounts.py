"""Rules of accounts: what a login and a password look like, and which roles one person may hold at one time.

ICH E6(R3) 4.3 and 21 CFR 11.100, 11.300: identities are unique and never given to somebody else; rights follow the
task. Central readers stay independent of the sites that they read, and whoever gives out rights edits no data.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from casebook.domain.actors import MAY, Action, Grant, Role
from casebook.domain.errors import Invalid, Refused
from casebook.domain.texts import Text

LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,98}[a-z0-9]")
RESERVED_LOGINS: Final = frozenset({"roles", "machine", "nobody", "system"})
"""Names of pages and of actors that are no accounts."""
MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 200
"""Hashing time grows with length; nobody types more."""
MAX_NAME_CHARACTERS: Final = 100
MIN_DISTINCT_CHARACTERS: Final = 5
"""Below this a password is a pattern on the keyboard."""

DATA_EDITING: Final = frozenset(
    {
        Action.REGISTER_SUBJECT,
        Action.BACKDATE_REGISTRATION,
        Action.SUBMIT_IMAGES,
        Action.CONFIRM_SERIES_ROLE,
        Action.DECIDE_QUARANTINE,
        Action.EDIT_LESIONS,
        Action.LOCK_BASELINE,
        Action.UNLOCK_BASELINE,
        Action.EDIT_FORMS,
        Action.VERIFY_FORMS,
        Action.SIGN_FORMS,
        Action.LOCK_FORMS,
        Action.RECORD_SITE_READ,
        Action.RECORD_CENTRAL_READ,
        Action.ADJUDICATE,
        Action.CHECK_IMAGES,
        Action.MANAGE_READERS,
        Action.RECONCILE,
        Action.ASK_QUERIES,
        Action.ANSWER_QUERIES,
    }
)
"""What changes the data of a study; no administrator does any of it."""


class AccountState(StrEnum):
    """Whether somebody can sign in with an account."""

    ACTIVE = "active"
    LOCKED = "locked-out"
    DISABLED = "disabled"


class GrantState(StrEnum):
    """Where a grant stands in time."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Held:
    """A grant from `valid_from` until before `valid_until`; for ever where that is None."""

    grant: Grant
    valid_from: datetime
    valid_until: datetime | None

    @property
    def is_empty(self) -> bool:
        """It was taken back before it began."""
        return self.valid_until is not None and self.valid_until <= self.valid_from

    def holds(self, at: datetime) -> bool:
        """Whether it is good at an instant."""
        return self.valid_from <= at and not self.is_over(at)

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended at an instant, or will never begin."""
        return self.is_empty or (self.valid_until is not None and self.valid_until <= at)

    def state(self, at: datetime) -> GrantState:
        """Return where it stands at an instant."""
        if self.is_over(at):
            return GrantState.OVER
        return GrantState.CURRENT if self.holds(at) else GrantState.UPCOMING

    @property
    def last_day(self) -> date | None:
        """The last day (UTC) on which it holds; None where it has no end."""
        return None if self.valid_until is None else (self.valid_until - timedelta.resolution).date()

    def overlaps(self, other: "Held") -> bool:
        """Whether there is an instant at which both hold."""
        if self.is_empty or other.is_empty:
            return False
        begins_in_time = other.valid_until is None or self.valid_from < other.valid_until
        ends_late_enough = self.valid_until is None or other.valid_from < self.valid_until
        return begins_in_time and ends_late_enough


def state_of(*, disabled_at: datetime | None, locked_until: datetime | None, now: datetime) -> AccountState:
    """Return the state of an account."""
    if disabled_at is not None:
        return AccountState.DISABLED
    return AccountState.LOCKED if locked_until is not None and locked_until > now else AccountState.ACTIVE


def day_begins(day: date) -> datetime:
    """Return the first instant of a day (UTC), from which a grant that names the day holds."""
    return datetime.combine(day, time(), UTC)


def day_ends(day: date) -> datetime:
    """Return the instant at which a day (UTC) is over, until which a grant that names it as its last holds."""
    return day_begins(day) + timedelta(days=1)


def normal_login(text: str) -> str:
    """Return the one spelling under which a login is kept and looked for: small letters, compatible forms."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def valid_login(text: str) -> str:
    """Return the normal spelling of a new login. Raises Invalid for one that cannot be used."""
    login = normal_login(text)
    if not LOGIN.fullmatch(login) or login in RESERVED_LOGINS:
        raise Invalid(
            Text(
                "A login has 3 to 100 characters: small letters, digits and . _ @ + - in between, and it is not the "
                "name of a part of Casebook.",
                "ログイン名は3～100文字で、英小文字・数字と、間に . _ @ + - が使えます。予約された名前は使えません。",
            ),
            field="login",
        )
    return login


def valid_name(text: str) -> str:
    """Return a name as signatures show it. Raises Invalid for an empty or endless one."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise Invalid(
            Text(
                f"The name is shown with signatures: 1 to {MAX_NAME_CHARACTERS} characters.",
                f"署名とともに表示される氏名を1～{MAX_NAME_CHARACTERS}文字で入力してください。",
            ),
            field="display_name",
        )
    return name


def check_password_rules(password: str, *, login: str) -> None:
    """Raise Invalid for a password that is too short, too long, or too easily guessed (NIST SP 800-63B 5.1.1.2)."""
    n = len(password)
    if not MIN_PASSWORD_CHARACTERS <= n <= MAX_PASSWORD_CHARACTERS:
        raise Invalid(
            Text(
                f"The password has {n} characters; it needs {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS}.",
                f"パスワードは{MIN_PASSWORD_CHARACTERS}～{MAX_PASSWORD_CHARACTERS}文字にしてください（現在{n}文字）。",
            ),
            field="password",
        )
    if len(set(password)) < MIN_DISTINCT_CHARACTERS or login in normal_login(password):
        raise Invalid(
            Text(
                "The password is easily guessed: it holds the login, or has fewer than "
                f"{MIN_DISTINCT_CHARACTERS} different characters. Take several words that do not belong together.",
                f"推測されやすいパスワードです（ログイン名を含む、または異なる文字が{MIN_DISTINCT_CHARACTERS}種類未満）。"
                "互いに関係のない複数の単語を組み合わせてください。",
            ),
            field="password",
        )


def edits_data(role: Role) -> bool:
    """Whether the role changes data of the study."""
    return bool(MAY[role] & DATA_EDITING)


def conflict(one: Role, other: Role) -> Text | None:
    """Say why nobody holds both roles in one study at one time; None where somebody may."""
    pair = (one, other)
    if any(role.is_blinded for role in pair) and any(role.is_site_role for role in pair):
        return Text(
            "Nobody holds a central reader's and a site's role in one study at the same time.",
            "同じ試験で、中央判定の役割と参加施設の役割を同じ期間に兼ねることはできません。",
        )
    if Role.ADMINISTRATOR in pair and any(edits_data(role) for role in pair):
        return Text(
            "An administrator cannot edit study data: nobody holds both roles in one study at the same time.",
            "管理者は試験データを編集できません。同じ試験で両方の役割を同じ期間に兼ねることはできません。",
        )
    return None


def check_new_grant(held: Iterable[Held], new: Held, *, now: datetime) -> None:
    """Raise Invalid or Refused where `new` may not stand beside what is held already, at any time from now on."""
    _check_shape(new, now)
    for old in held:
        if old.grant.study_code != new.grant.study_code or not old.overlaps(new):
            continue
        if old.grant == new.grant:
            raise Refused(
                Text(
                    "The account holds this role already in that time; end the earlier grant first.",
                    "この期間にはすでに同じ役割が付与されています。先にその付与を終了してください。",
                ),
                field="role",
            )
        found = conflict(old.grant.role, new.grant.role)
        if found is not None:
            raise Refused(found, field="role")


def _check_shape(new: Held, now: datetime) -> None:
    role, site_code = new.grant.role, new.grant.site_code
    if role.is_site_role is (site_code is None):
        raise Invalid(
            Text(f"The role {role} is for one site: name it.", "この役割には参加施設の指定が必要です。")
            if role.is_site_role
            else Text(
                f"The role {role} is for the whole study: leave the site out.",
                "この役割は試験全体に対するものです。参加施設は指定しないでください。",
            ),
            field="site",
        )
    if new.is_over(now):
        raise Invalid(
            Text(
                "The grant would end before it begins, or has ended already: give a later end.",
                "終了日が開始日より前、または過去です。より後の日付を指定してください。",
            ),
            field="valid_until",
        )


def check_end(held: Held, ends_at: datetime, *, now: datetime) -> datetime:
    """Return the instant at which a grant ends; a grant that has not begun never will. Raises Refused, Invalid."""
    if held.is_over(now):
        raise Refused(Text("The grant has ended already.", "この付与はすでに終了しています。"), field="grant")
    if ends_at < now or (held.valid_until is not None and ends_at > held.valid_until):
        raise Invalid(
            Text(
                "A grant ends now or later, and not later than it would anyway; for longer, grant the role again.",
                "終了は現在以降、かつ現在の終了日以前にしてください。期間を延ばすには改めて役割を付与してください。",
            ),
            field="ends_at",
        )
    return max(ends_at, held.valid_from)


def is_lasting_administrator(held: Held, study_code: str, now: datetime) -> bool:
    """Whether a grant makes somebody administrator of the study from now on, without end."""
    return held.grant == Grant(Role.ADMINISTRATOR, study_code) and held.holds(now) and held.valid_until is None

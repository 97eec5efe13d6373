"""Signing in with the institution's own service (OpenID Connect): whom it vouches for, and whose account that is.

A person is known by the issuer and its subject alone (OpenID Connect Core 5.7); an address is taken once, on an
administrator's word, and only where the service says that it has verified it.
"""

from dataclasses import dataclass
from typing import Final

from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

INVITED: Final = "mailto:"
MAX_SUBJECT_CHARACTERS: Final = 255
"""OpenID Connect Core 2: a subject has at most 255 ASCII characters."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a verified ID token speaks of."""

    issuer: str
    sub: str
    email: str | None = None
    is_email_verified: bool = False

    @property
    def subject(self) -> str:
        """What an account keeps: the issuer and the issuer's name for the person."""
        return f"{self.issuer} {self.sub}"

    @property
    def invitation(self) -> str | None:
        """What an account keeps before the first time, where the address may be believed."""
        return f"{INVITED}{normal_address(self.email)}" if self.email and self.is_email_verified else None


def is_linked(subject: str | None) -> bool:
    """Whether somebody has signed in with it, or an administrator named the subject itself."""
    return subject is not None and not subject.startswith(INVITED)


def normal_address(address: str) -> str:
    """Return the one spelling of a mail address."""
    return address.strip().casefold()


def link_text(text: str, *, issuer: str | None) -> str:
    """Return what an account keeps for what an administrator typed: an address, or the subject at the issuer.

    Raises Invalid for what is neither.
    """
    said = text.strip()
    if not 1 <= len(said) <= MAX_SUBJECT_CHARACTERS or not said.isascii() or not said.isprintable() or " " in said:
        raise Invalid(
            Text(
                "Give the person's verified mail address, or the subject (sub) that the service knows them by.",
                "認証サービスで確認済みのメールアドレス、またはサブジェクト（sub）を入力してください。",
            ),
            field="subject",
        )
    if "@" in said and not said.startswith("@"):
        return f"{INVITED}{normal_address(said)}"
    if issuer is None:
        raise Invalid(
            Text(
                "No service to sign in with is set up here; only a mail address can be noted in advance.",
                "外部の認証サービスが設定されていません。事前に登録できるのはメールアドレスのみです。",
            ),
            field="subject",
        )
    return f"{issuer} {said}"

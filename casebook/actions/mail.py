"""Sending mail by SMTP."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final, Protocol

from casebook.domain.errors import Unavailable
from casebook.domain.reminder_mail import Mail
from casebook.settings import MailSecurity, Settings

TIMEOUT_SECONDS: Final = 30


class NotTaken(Exception):
    """The server did not take one mail; the others may be."""


class Sender(Protocol):
    """Takes one mail."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises NotTaken."""


class SmtpSender:
    """One connection to the mail server of the installation."""

    def __init__(self, connection: smtplib.SMTP, sender: str) -> None:
        self._connection = connection
        self._from = sender

    def send(self, mail: Mail) -> None:
        """Hand the mail to the server. Raises NotTaken with what the server said."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, mail.to, mail.subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain=self._from.rpartition("@")[2] or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body, charset="utf-8", cte="base64")
        try:
            self._connection.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise NotTaken(_said(error)) from error


@contextmanager
def smtp(settings: Settings) -> Iterator[SmtpSender]:
    """Connect to the mail server. Raises Unavailable where none is set up, or it does not answer."""
    if settings.smtp_host is None or settings.mail_from is None:
        raise Unavailable("No mail server is set up: set CASEBOOK_SMTP_HOST and CASEBOOK_MAIL_FROM.")
    try:
        connection = _connected(settings, settings.smtp_host)
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The mail server does not answer ({_said(error)}); try again later.") from error
    try:
        yield SmtpSender(connection, settings.mail_from)
    finally:
        connection.close()


def _connected(settings: Settings, host: str) -> smtplib.SMTP:
    security, context = settings.smtp_tls, ssl.create_default_context()
    if security is MailSecurity.TLS:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    if security is MailSecurity.STARTTLS:
        connection.starttls(context=context)
    if settings.smtp_user is not None and settings.smtp_password is not None:
        connection.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    return connection


def _said(error: Exception) -> str:
    """Return what went wrong without what was sent: a code where the server gave one, else the kind of failure."""
    code = getattr(error, "smtp_code", None)
    if code is None and isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((answer[0] for answer in error.recipients.values()), None)
    return f"{type(error).__name__} {code}" if code is not None else type(error).__name__

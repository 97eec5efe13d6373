"""`casebook remind`: what is due at each site, by mail to its contacts."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Table

from casebook.actions.mail import smtp
from casebook.actions.reminders import Sending, send_digests
from casebook.domain.errors import Invalid
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import console_name
from services.command.output import Json, out, say_json


def remind(
    as_of: Annotated[str, typer.Option(help="The day that is told of, as YYYY-MM-DD; today (UTC) without it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mails instead of sending them.")] = False,
    as_json: Json = False,
) -> None:
    """Send each site's contacts what is due, overdue or escalated at their site, where its turn has come.

    A digest of a day is sent once, however often this runs; one that the mail server did not take is tried again.
    `serve` and `worker` do so by themselves every day where a mail server is set up.
    """
    now = datetime.now(UTC)
    day = _day(as_of) if as_of else now.date()
    settings = Settings()
    with opened(settings) as installation, nullcontext() if dry_run else smtp(settings) as sender:
        found = send_digests(
            installation.database,
            sender,
            actor=console_name(),
            as_of=day,
            now=now,
            public_url=str(settings.public_url) if settings.public_url else None,
        )
    if as_json:
        say_json({"as_of": day.isoformat(), "sent": not dry_run, "digests": [_as_json(one) for one in found]})
    else:
        _tell(found, dry_run=dry_run)
    if any(one.failure for one in found):
        raise typer.Exit(1)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"“{said}” is no day; give it as YYYY-MM-DD.", field="as-of") from None


def _as_json(one: Sending) -> dict[str, object]:
    return {
        "study": one.study,
        "site": one.site,
        "to": one.mail.to,
        "subject": one.mail.subject,
        "body": one.mail.body,
        "new": one.is_new,
        "failure": one.failure,
    }


def _tell(found: list[Sending], *, dry_run: bool) -> None:
    if dry_run:
        for one in found:
            written = f"To: {one.mail.to}\nSubject: {one.mail.subject}\n\n{one.mail.body}"
            out.print(written, highlight=False, markup=False)
    table = Table("site", "to", "what", "")
    for one in found:
        state = "not sent (dry run)" if dry_run else one.failure or ("sent" if one.is_new else "sent before")
        table.add_row(one.site, one.mail.to, one.mail.subject, state)
    out.print(table if found else "No site's turn has come.", highlight=False)

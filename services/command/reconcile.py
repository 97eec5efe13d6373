"""`casebook reconcile`: forms and protocol compared with the images of every patient."""

from dataclasses import asdict
from datetime import UTC, datetime

from casebook.actions.reconcile import reconcile_all
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import console_name
from services.command.output import Json, out, say_json


def reconcile(as_json: Json = False) -> None:
    """Compare every patient's forms and images anew, and bring the board up to date.

    The service does so by itself for each patient whose forms or images change; this is for all of them, after new
    rules have come with an upgrade, say.
    """
    with (
        opened(Settings()) as installation,
        installation.database.transaction(actor=console_name(), reason="casebook reconcile") as session,
    ):
        found = reconcile_all(session, key=installation.settings.key, now=datetime.now(UTC))
    if as_json:
        say_json(asdict(found))
    else:
        out.print(f"{found.n_new} new, {found.n_changed} changed, {found.n_gone} gone.", highlight=False)

"""`casebook progress`: what is kept of where each patient stands, compared with the records, and made anew."""

from typing import Annotated

import typer

from casebook.actions.progress import refresh_all, refresh_outdated, wrong_rows
from casebook.installation import opened
from casebook.settings import Settings
from services.command.output import Json, out, say_json


def progress(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make every row anew from the records.")] = False,
    as_json: Json = False,
) -> None:
    """Make anew what is out of date of where each patient stands, and say whether the rest is what the records say."""
    with opened(Settings()) as installation, installation.database.session() as session, session.begin():
        made = refresh_all(session) if rebuild else refresh_outdated(session)
        wrong = len(wrong_rows(session))
    if as_json:
        say_json({"made_anew": made, "wrong": wrong})
    else:
        out.print(f"{made} made anew; {wrong} differ from the records.", highlight=False)
    if wrong:
        raise typer.Exit(1)

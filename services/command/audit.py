"""`casebook audit`: the trail checked."""

from dataclasses import asdict

import typer

from casebook.installation import opened
from casebook.settings import Settings
from casebook.store import audit
from services.command.output import Json, out, say_json

app = typer.Typer(help="The audit trail.", no_args_is_help=True)
EXIT_BROKEN = 7


@app.callback()
def group() -> None:
    """The audit trail."""


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Recompute the hash chain: one altered, removed, reordered or added event is found. Exit code 7 when it is."""
    with opened(Settings()) as installation, installation.database.engine.connect() as connection:
        state = audit.verify(connection)
    if as_json:
        say_json(asdict(state) | {"holds": state.holds})
    elif state.holds:
        out.print(
            f"[green]The trail holds[/]: {state.n_events} events, head {state.head}", highlight=False, soft_wrap=True
        )
    else:
        where = f"position {state.broken_at}" if state.broken_at else f"{state.n_unchained} events outside the chain"
        out.print(f"[bold red]The trail is broken[/]: {where}, {state.n_events} events", highlight=False)
    if not state.holds:
        raise typer.Exit(EXIT_BROKEN)

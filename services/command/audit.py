"""`casebook audit`: the trail checked."""

from dataclasses import asdict

import typer

from casebook.actions.signatures import BrokenSignature
from casebook.actions.trail import verify_trail
from casebook.installation import opened
from casebook.settings import Settings
from casebook.store.audit import TrailState
from services.command.output import Json, out, say_json

app = typer.Typer(help="The audit trail.", no_args_is_help=True)
EXIT_BROKEN = 7


@app.callback()
def group() -> None:
    """The audit trail."""


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Recompute the hash chain, and the digest under every signature.

    One altered, removed, reordered or added event is found, and a signed record that says something else than what was
    signed. Exit code 7 when there is one.
    """
    with opened(Settings()) as installation, installation.database.session() as session:
        found = verify_trail(session)
    if as_json:
        broken = [asdict(one) for one in found.broken]
        say_json(asdict(found.state) | {"holds": found.holds, "broken_signatures": broken})
    else:
        _tell_chain(found.state)
        _tell_signatures(found.broken)
    if not found.holds:
        raise typer.Exit(EXIT_BROKEN)


def _tell_chain(state: TrailState) -> None:
    if state.holds:
        said = f"[green]The trail holds[/]: {state.n_events} events, head {state.head}"
    else:
        where = f"position {state.broken_at}" if state.broken_at else f"{state.n_unchained} events outside the chain"
        said = f"[bold red]The trail is broken[/]: {where}, {state.n_events} events"
    out.print(said, highlight=False, soft_wrap=True)


def _tell_signatures(broken: tuple[BrokenSignature, ...]) -> None:
    if not broken:
        out.print("[green]Every signature holds[/]", highlight=False)
    for one in broken:
        record = " ".join(str(part) for part in (one.subject, one.form, one.timepoint, one.ordinal) if part is not None)
        signer = f" (signed by {one.signer_name})" if one.signer_name else ""
        out.print(f"[bold red]A signature is broken[/]: {record}{signer}: {one.what}", highlight=False, soft_wrap=True)

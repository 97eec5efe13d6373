"""`casebook user` and `casebook token`: accounts, roles, bearer tokens."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from casebook.actions.accounts import add_account, disable_account, make_token
from casebook.actions.grants import grant_role
from casebook.domain.actors import Role
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, out, say_json

users = typer.Typer(help="Accounts and their roles.", no_args_is_help=True)
tokens = typer.Typer(help="Bearer tokens for scripts and DICOMweb clients.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Login of the account.")]
Study = Annotated[str, typer.Option(help="Study code.")]


@users.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Name as signatures show it.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="12 to 200 characters.")
    ],
    role: Annotated[Role | None, typer.Option(help="A first role.")] = None,
    site: Annotated[str | None, typer.Option(help="Site code, for site roles.")] = None,
    language: Annotated[str, typer.Option(help="en or ja.")] = "en",
    study: Study = "DREAM",
) -> None:
    """Make an account, with a first role where one is named."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        add_account(session, actor, login=login, display_name=name, password=password, language=language)
        if role is not None:
            grant_role(session, actor, login=login, role=role, study_code=study, site_code=site, now=now)
    out.print(f"Account {login} made" + (f", role {role}" if role else ""), highlight=False)


@users.command("grant")
def grant(
    login: Login,
    role: Annotated[Role, typer.Argument(help="The role.")],
    site: Annotated[str | None, typer.Option(help="Site code, for site roles.")] = None,
    study: Study = "DREAM",
) -> None:
    """Give an account a further role, from now on."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        grant_role(session, actor, login=login, role=role, study_code=study, site_code=site, now=now)
    out.print(f"{login} is {role}" + (f" at {site}" if site else ""), highlight=False)


@users.command("disable")
def disable(
    login: Login,
    reason: Annotated[str, typer.Option(prompt=True, help="Why; the trail keeps it.")],
    study: Study = "DREAM",
) -> None:
    """Disable an account at once: its sessions end, its tokens stop; it is never deleted."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        disable_account(session, actor, login=login, reason=reason, now=now)
    out.print(f"{login} is disabled", highlight=False)


@tokens.command("make")
def make(
    login: Login,
    label: Annotated[str, typer.Option(help="What the token is for.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good for.")] = 90,
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """Make a bearer token. It is shown once; only its digest is kept."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        token = make_token(session, actor, login=login, label=label, days=days, now=now)
    if as_json:
        say_json({"token": token})
    else:
        out.print(token, highlight=False, soft_wrap=True)

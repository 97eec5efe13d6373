"""`casebook user` and `casebook token`: accounts, roles, bearer tokens."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.table import Table

from casebook.actions.accounts import add_account, disable_account, make_token
from casebook.actions.grants import end_role, grant_role
from casebook.actions.people import Person, list_people
from casebook.domain.accounts import day_begins, day_ends
from casebook.domain.actors import Grant, Role
from casebook.installation import opened
from casebook.settings import Settings
from services.command.machine import operator
from services.command.output import Json, out, say_json

users = typer.Typer(help="Accounts and their roles.", no_args_is_help=True)
tokens = typer.Typer(help="Bearer tokens for scripts and DICOMweb clients.", no_args_is_help=True)

DAY: Final = ["%Y-%m-%d"]
Login = Annotated[str, typer.Argument(help="Login of the account.")]
Reason = Annotated[str, typer.Option(prompt=True, help="Why; the trail keeps it.")]
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
    first_day: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First day (UTC).")] = None,
    last_day: Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Last day (UTC).")] = None,
    study: Study = "DREAM",
) -> None:
    """Give an account a further role, from now on or for some days; conflicting roles are refused."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        grant_role(
            session,
            actor,
            login=login,
            role=role,
            study_code=study,
            site_code=site,
            now=now,
            valid_from=day_begins(first_day.date()) if first_day else None,
            valid_until=day_ends(last_day.date()) if last_day else None,
        )
    out.print(f"{login} is {role}" + (f" at {site}" if site else ""), highlight=False)


@users.command("end")
def end(
    login: Login,
    role: Annotated[Role, typer.Argument(help="The role.")],
    reason: Reason,
    site: Annotated[str | None, typer.Option(help="Site code, for site roles.")] = None,
    last_day: Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Last day (UTC).")] = None,
    study: Study = "DREAM",
) -> None:
    """End a role now, or with a day; the next request knows."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.transaction(actor=actor.login) as session:
        end_role(
            session,
            actor,
            login=login,
            grant=Grant(role, study, site),
            ends_at=day_ends(last_day.date()) if last_day else None,
            reason=reason,
            now=now,
        )
    out.print(f"{login}: end of {role} noted", highlight=False)


@users.command("list")
def show(
    search: Annotated[str, typer.Option(help="Part of a login or name.")] = "",
    study: Study = "DREAM",
    as_json: Json = False,
) -> None:
    """List the accounts of a study, and those without a role."""
    actor, now = operator(study), datetime.now(UTC)
    with opened(Settings()) as installation, installation.database.session() as session:
        people = list_people(session, actor, now=now, search=search)
    rows = [(one.account.login, one.account.display_name, one.state.value, _roles(one, now)) for one in people]
    if as_json:
        say_json([dict(zip(("login", "name", "state", "roles"), row, strict=True)) for row in rows])
        return
    table = Table("login", "name", "state", "roles")
    for login, name, state, roles in rows:
        table.add_row(login, name, state, "\n".join(roles))
    out.print(table)


def _roles(person: Person, now: datetime) -> list[str]:
    live = [kept.held for kept in person.grants if not kept.held.is_over(now)]
    return [
        " ".join(
            filter(
                None,
                (
                    held.grant.role.value,
                    held.grant.site_code,
                    None if held.holds(now) else f"from {held.valid_from.date()}",
                    f"until {held.last_day}" if held.last_day else None,
                ),
            )
        )
        for held in live
    ]


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

"""The accounts of the demonstration: those a visitor signs in with, and the staff of every site that takes part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.actions.signing_in import signed_in_as
from casebook.domain.actors import Actor, Role
from casebook.domain.study import StudyDefinition
from casebook.store import accounts, assignments, registry
from casebook.store.accounts import SignedIn
from services.command.demonstration.chance import chance
from services.command.demonstration.sites import SitePlan
from services.command.demonstration.words import GIVEN_NAMES, INITIALS, SURNAMES

PASSWORD: Final = "casebook-demo"  # noqa: S105 - the demonstration's only, printed at its start

QUICK: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The password is printed at the start: nobody has to guess it, and thousands of signatures check it."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration."""

    login: str
    name: str
    role: Role
    site: str | None = None
    language: str = "en"


CENTRAL_READER: Final = DemoAccount("reader2", "佐々木 玲", Role.CENTRAL_READER, language="ja")
ADJUDICATOR: Final = DemoAccount("adjudicator", "L. Moreau", Role.ADJUDICATOR)
LOCAL_READER: Final = DemoAccount("radiologist", "渡辺 誠", Role.SITE_RADIOLOGIST, "JP-03", "ja")
MANAGER: Final = DemoAccount("manager", "M. Sato", Role.DATA_MANAGER)
ACCOUNTS: Final = (
    DemoAccount("reader", "R. Keller", Role.CENTRAL_READER),
    CENTRAL_READER,
    ADJUDICATOR,
    LOCAL_READER,
    DemoAccount("coordinator", "A. Lemaire", Role.SITE_COORDINATOR, "BE-02"),
    DemoAccount("investigator", "P. Claes", Role.INVESTIGATOR, "BE-02"),
    MANAGER,
    DemoAccount("statistician", "C. Lindqvist", Role.STATISTICIAN),
    DemoAccount("monitor", "K. Nowak", Role.MONITOR),
    DemoAccount("admin", "E. Weiss", Role.ADMINISTRATOR),
)
"""Told at the start; the staff of sites have logins such as `coordinator.jp-10`, and the same password."""
READERS: Final = ("reader", "reader2")
"""They are trained; the third reader waits for it."""
TRAINED: Final = (*READERS, ADJUDICATOR.login)
THIRD_READER: Final = DemoAccount("reader3", "H. Vermeulen", Role.CENTRAL_READER)
STAFF_ROLES: Final[Mapping[Role, str]] = {
    Role.SITE_COORDINATOR: "coordinator",
    Role.INVESTIGATOR: "investigator",
    Role.SITE_RADIOLOGIST: "radiologist",
}


def staff(seed: int, definition: StudyDefinition, sites: Mapping[str, SitePlan]) -> Iterator[DemoAccount]:
    """Yield who works at the sites that have papers, and the third central reader; without those told at the start."""
    yield THIRD_READER
    told = {(account.role, account.site) for account in ACCOUNTS}
    for site in definition.sites:
        if not sites[site.code].approvals:
            continue
        random = chance(seed, site.code, "staff")
        for role, word in STAFF_ROLES.items():
            name = person(random, site.country)
            if (role, site.code) not in told:
                language = "ja" if site.country == "JP" else "en"
                yield DemoAccount(f"{word}.{site.code.lower()}", name, role, site.code, language)


def person(random: Random, country: str) -> str:
    """Return an invented name as it is written in the country."""
    surname, given = random.choice(SURNAMES[country]), GIVEN_NAMES.get(country)
    return f"{surname} {random.choice(given)}" if given else f"{random.choice(INITIALS)}. {surname}"


def make_accounts(
    session: Session,
    actor: Actor,
    wanted: Iterator[DemoAccount] | tuple[DemoAccount, ...],
    *,
    study: str,
    now: datetime,
) -> None:
    """Make the accounts that are not there yet, each with its role."""
    for account in wanted:
        if accounts.by_login(session, account.login) is not None:
            continue
        add_account(
            session,
            actor,
            login=account.login,
            display_name=account.name,
            password=PASSWORD,
            language=account.language,
            hasher=QUICK,
        )
        grant_role(
            session,
            actor,
            login=account.login,
            role=account.role,
            study_code=study,
            site_code=account.site,
            now=now,
        )
        if account.login in TRAINED:
            _train(session, study, account, now.date())


def _train(session: Session, study: str, account: DemoAccount, on: date) -> None:
    known = accounts.by_login(session, account.login)
    assert known is not None
    study_id = registry.study(session, study).id
    assignments.train(session, study_id, known.id, on=on, training="reading charter of the demonstration")


@dataclass(frozen=True, slots=True)
class Team:
    """Who does what about a site's patients, as if they were signed in."""

    coordinator: SignedIn
    investigator: SignedIn
    radiologist: SignedIn
    manager: SignedIn
    readers: tuple[SignedIn, ...]
    adjudicator: SignedIn


def team_of(session: Session, site: str, *, now: datetime) -> Team:
    """Return the people of a site and of the data centre."""

    def signed_in(login: str) -> SignedIn:
        return signed_in_as(session, login=login, now=now)

    def at_site(role: Role) -> SignedIn:
        told = next((account.login for account in ACCOUNTS if (account.role, account.site) == (role, site)), None)
        return signed_in(told or f"{STAFF_ROLES[role]}.{site.lower()}")

    return Team(
        coordinator=at_site(Role.SITE_COORDINATOR),
        investigator=at_site(Role.INVESTIGATOR),
        radiologist=at_site(Role.SITE_RADIOLOGIST),
        manager=signed_in(MANAGER.login),
        readers=tuple(signed_in(login) for login in READERS),
        adjudicator=signed_in(ADJUDICATOR.login),
    )

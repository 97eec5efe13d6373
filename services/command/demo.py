"""`casebook demo`: the sample study through the whole program, and the program served."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.panel import Panel
from rich.table import Table
from sqlalchemy.orm import Session

from casebook.actions.accounts import add_account
from casebook.actions.grants import grant_role
from casebook.actions.registering import register_first
from casebook.actions.site_papers import ApprovalFacts, QualificationFacts, record_approval, record_qualification
from casebook.actions.sites import site_state
from casebook.actions.studies import load_definition, newest_definition
from casebook.domain.activation import Qualification
from casebook.domain.actors import Actor, Role
from casebook.installation import Installation, make_key, opened
from casebook.settings import Settings
from casebook.store import accounts, registry
from services.command.demo_course import confirm_roles, record_course
from services.command.demo_forms import eligibility
from services.command.ingest import deliver_with_bar, read_rows
from services.command.machine import operator
from services.command.output import errors, out
from services.command.serve import run_service
from services.ingest.delivery import Order
from services.ingest.scan import count
from services.ingest.worker import run_until_idle

STUDY: Final = "DREAM"
PASSWORD: Final = "casebook-demo"  # noqa: S105 - the demonstration's only, printed at its start
ROOT: Final = Path(__file__).resolve().parents[2]
N_CONFIRMED: Final = 2
"""Patients whose series roles a person has looked at; the others show what a proposal looks like."""
MARK: Final = "demo.complete"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration."""

    login: str
    name: str
    role: Role
    site: str | None = None
    language: str = "en"


CENTRAL_READER: Final = DemoAccount("reader2", "佐々木 玲", Role.CENTRAL_READER, language="ja")
LOCAL_READER: Final = DemoAccount("radiologist", "渡辺 誠", Role.SITE_RADIOLOGIST, "JP-03", "ja")
MANAGER: Final = DemoAccount("manager", "M. Sato", Role.DATA_MANAGER)
ACCOUNTS: Final = (
    DemoAccount("reader", "R. Keller", Role.CENTRAL_READER),
    CENTRAL_READER,
    LOCAL_READER,
    DemoAccount("coordinator", "A. Lemaire", Role.SITE_COORDINATOR, "BE-02"),
    MANAGER,
    DemoAccount("statistician", "C. Lindqvist", Role.STATISTICIAN),
    DemoAccount("monitor", "K. Nowak", Role.MONITOR),
    DemoAccount("admin", "E. Weiss", Role.ADMINISTRATOR),
)


def demo(
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8042,
    data_dir: Annotated[Path, typer.Option(help="Folder for the demonstration's data.")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when everything is in place.")] = True,
    small: Annotated[
        bool, typer.Option("--small", help="Use the small sample set that comes with the source.")
    ] = False,
) -> None:
    """Load the sample study through the real ingest, then serve it. The second start takes seconds."""
    settings = Settings(data_dir=data_dir, port=port, secure_cookies=False, database_url=None, files_url=None)
    make_key(settings)
    with opened(settings) as installation:
        mark = data_dir / MARK
        if not mark.exists():
            fill(installation, data_dir, small=small)
            mark.write_text(f"{datetime.now(UTC).isoformat()}\n")
        _tell(settings)
        if serve:
            run_service(installation, with_worker=True)


def fill(installation: Installation, data_dir: Path, *, small: bool) -> None:
    """Load study, accounts, sample images and courses; what is there already stays."""
    sample = ROOT / "sample_dicom" / "small" if small else data_dir / "sample"
    actor = operator(STUDY)
    with installation.database.transaction(actor=actor.login, reason="demonstration") as session:
        text = (ROOT / "studies" / "dream.toml").read_text(encoding="utf-8")
        load_definition(session, actor, text=text, now=datetime.now(UTC))
    _accounts(installation, actor)
    truth = _sample(sample, is_there=small)
    for patient in truth["patients"]:
        _subject(installation, actor, patient)
        for timepoint in patient["timepoints"]:
            _deliver(installation, sample, patient, timepoint)
    run_until_idle(installation)
    for patient in truth["patients"]:
        is_local = patient["site"] == LOCAL_READER.site
        reader = LOCAL_READER if is_local else CENTRAL_READER
        record_course(installation, patient, reader=reader.login, password=PASSWORD)
    for patient in truth["patients"][:N_CONFIRMED]:
        confirm_roles(installation, patient, manager=MANAGER.login)
    run_until_idle(installation)


def _accounts(installation: Installation, actor: Actor) -> None:
    now = datetime.now(UTC)
    with installation.database.transaction(actor=actor.login, reason="demonstration") as session:
        for account in ACCOUNTS:
            if accounts.by_login(session, account.login) is not None:
                continue
            add_account(
                session,
                actor,
                login=account.login,
                display_name=account.name,
                password=PASSWORD,
                language=account.language,
            )
            grant_role(
                session,
                actor,
                login=account.login,
                role=account.role,
                study_code=STUDY,
                site_code=account.site,
                now=now,
            )


def _sample(folder: Path, *, is_there: bool) -> dict[str, Any]:
    import json  # noqa: PLC0415

    from sample_dicom import generate  # noqa: PLC0415 - numerical libraries load slowly

    if not is_there and not (folder / "truth.json").exists():
        with errors.status("Making the sample study …") as status:
            generate(folder, progress=lambda line: status.update(f"Making the sample study: {line}"))
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found


def _subject(installation: Installation, actor: Actor, patient: dict[str, Any]) -> None:
    baseline = min(exam["date"] for exam in patient["timepoints"]["baseline"])
    with installation.database.transaction(actor=actor.login, reason="demonstration") as session:
        if registry.subject_exists(session, STUDY, patient["subject"]):
            return
        registered_on = datetime.strptime(baseline, "%Y%m%d").date()  # noqa: DTZ007 - a day
        _open_site(session, actor, patient["site"], registered_on)
        subject = register_first(
            session,
            actor,
            study_code=STUDY,
            site_code=patient["site"],
            road="prospective",
            registered_on=registered_on,
            answers=eligibility(registered_on),
            key=installation.settings.key,
            now=datetime.now(UTC),
            reason="demonstration",
        )
        assert subject.number == patient["subject"], "the sample's numbers follow the sites' order"


def _open_site(session: Session, actor: Actor, site: str, on: date) -> None:
    """Record the papers that a site needs before its first patient, where they are not there."""
    if site_state(session, actor, study_code=STUDY, site_code=site, on=on).activation.is_active:
        return
    version = newest_definition(session, STUDY)[1].protocol_version
    facts = ApprovalFacts(version, "Ethics committee of the demonstration", f"{site}-1", on, on, None)
    record_approval(session, actor, study_code=STUDY, site_code=site, facts=facts)
    for kind in Qualification:
        shown = QualificationFacts(kind, on, None, "demonstration")
        record_qualification(session, actor, study_code=STUDY, site_code=site, facts=shown)


def _deliver(installation: Installation, sample: Path, patient: dict[str, Any], timepoint: str) -> None:
    folder = sample / patient["site"] / patient["subject"] / timepoint
    lesions = folder / "lesions.csv"
    rows = read_rows(lesions) if timepoint == "baseline" else ()
    order = Order(
        source=folder,
        subject_number=patient["subject"],
        timepoint_code=timepoint,
        road="folder",
        lesion_rows=rows,
        left_out=frozenset({lesions}),
    )
    deliver_with_bar(installation, order, study=STUDY, n_files=count(folder, order.left_out))


def _tell(settings: Settings) -> None:
    table = Table("login", "name", "role", "site", box=None, pad_edge=False)
    for account in ACCOUNTS:
        table.add_row(account.login, account.name, account.role, account.site or "")
    out.print(Panel(table, title=f"Accounts · password [bold]{PASSWORD}[/]", expand=False))
    out.print(f"Casebook is at [bold]http://{settings.host}:{settings.port}/[/] · Ctrl+C ends it", highlight=False)

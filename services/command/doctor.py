"""`casebook doctor`: what is wrong with an installation, and how to mend it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import typer
from pydantic import ValidationError

from casebook.actions.progress import wrong_rows
from casebook.dicom.transcode import is_decodable
from casebook.domain.errors import CasebookError
from casebook.installation import Installation, opened
from casebook.settings import Settings
from casebook.store import audit, schema
from casebook.store.registry import study_codes
from services.api.viewer import BUILT
from services.command.output import Json, out, say_json

EXIT_FAULTS: Final = 8
MIN_FREE_BYTES: Final = 5 * 1024**3
CODECS: Final = {
    "1.2.840.10008.1.2.5": "RLE",
    "1.2.840.10008.1.2.4.50": "JPEG baseline",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.4.201": "HTJ2K",
}


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at: whether it is well, what was found, and what to do if not."""

    what: str
    is_well: bool
    found: str
    mend: str = ""


def doctor(as_json: Json = False) -> None:
    """Look at settings, disk, database, codecs, viewer and audit trail. Exit code 8 when something is wrong."""
    symptoms = list(_examine())
    if as_json:
        say_json([asdict(symptom) for symptom in symptoms])
    else:
        for symptom in symptoms:
            mark = "[green]✓[/]" if symptom.is_well else "[bold red]✗[/]"
            out.print(f"{mark} [bold]{symptom.what}[/]: {symptom.found}", highlight=False)
            if not symptom.is_well:
                out.print(f"    → {symptom.mend}", highlight=False)
    if any(not symptom.is_well for symptom in symptoms):
        raise typer.Exit(EXIT_FAULTS)


def _examine() -> Iterator[Symptom]:
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "CASEBOOK_" + "_".join(str(part) for part in fault["loc"]).upper()
            yield Symptom("settings", is_well=False, found=f"{name}: {fault['msg']}", mend="See docs/settings.md.")
        return
    yield Symptom("settings", is_well=True, found=f"data folder {settings.data_dir.resolve()}")
    yield _tried("study key", lambda: f"{len(settings.key)} bytes", "Run `casebook init`, or set CASEBOOK_STUDY_KEY.")
    yield _disk(settings.data_dir)
    yield _tried("data folder", lambda: _syncs(settings.data_dir), "Give the service's user the folder to write.")
    yield from _codecs()
    yield _viewer()
    yield from _database(settings)


def _tried(what: str, look: Callable[[], str], mend: str) -> Symptom:
    try:
        return Symptom(what, is_well=True, found=look())
    except (CasebookError, OSError) as error:
        return Symptom(what, is_well=False, found=str(error), mend=mend)


def _syncs(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"doctor")
        file.flush()
        os.fsync(file.fileno())
    return "can be written and synced"


def _disk(folder: Path) -> Symptom:
    place = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free"
    return Symptom(
        "disk", is_well=free >= MIN_FREE_BYTES, found=found, mend="Free some space; a study needs gigabytes."
    )


def _codecs() -> Iterator[Symptom]:
    missing = [name for uid, name in CODECS.items() if not is_decodable(uid)]
    found = "all can be decoded" if not missing else f"no decoder for {', '.join(missing)}"
    yield Symptom("codecs", is_well=not missing, found=found, mend="Install the dependencies again: `make setup`.")


def _viewer() -> Symptom:
    is_built = (BUILT / "index.html").exists()
    found = "built" if is_built else "not built"
    return Symptom("viewer", is_well=is_built, found=found, mend="Run `make viewer`.")


def _database(settings: Settings) -> Iterator[Symptom]:
    try:
        with opened(settings) as installation:
            yield from _database_symptoms(installation)
    except Exception as error:  # noqa: BLE001 - whatever a broken database provokes is a finding here
        yield Symptom("database", is_well=False, found=str(error), mend="Start the server, or see its log.")


def _database_symptoms(installation: Installation) -> Iterator[Symptom]:
    with installation.database.session() as session:
        connection = session.connection()
        kind = "embedded" if installation.settings.database_url is None else "own server"
        yield Symptom("database", is_well=True, found=f"{kind}, schema {schema.current_revision(connection)}, durable")
        codes = study_codes(session)
        found = f"studies: {', '.join(codes)}" if codes else "no study is loaded"
        yield Symptom("study", is_well=bool(codes), found=found, mend="casebook study load studies/dream.toml")
        state = audit.verify(connection)
        found = f"{state.n_events} events, chain {'holds' if state.holds else 'broken'}"
        yield Symptom("audit trail", is_well=state.holds, found=found, mend="Keep the database; call the data centre.")
        n_wrong = len(wrong_rows(session))
        found = f"{n_wrong} patients stand elsewhere than lists say" if n_wrong else "lists say what the records say"
        yield Symptom("progress", is_well=not n_wrong, found=found, mend="Run `casebook progress --rebuild`.")

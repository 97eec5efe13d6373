"""The whole demonstration study: invented patients at most sites, three of them with images that are made meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from casebook.domain.actors import Actor
from casebook.domain.study import StudyDefinition
from casebook.installation import Installation
from sample_dicom import PATIENTS, generate
from sample_dicom.cohort import Patient
from services.command.demonstration.chance import workday
from services.command.demonstration.crew import Crew, Order, at_work, planned
from services.command.demonstration.differences import show_differences
from services.command.demonstration.imaged import day_of, images_and_courses, register_imaged, truth_of
from services.command.demonstration.opening import people_and_papers
from services.command.output import errors, progress

DAY: Final = "demo.day"
COMMITTED_IMAGES: Final = Path(__file__).resolve().parents[3] / "sample_dicom" / "small"
DAYS_AGO: Final = (1090, 1045, 1000)
"""How long before the day of the demonstration the patients with images had their baseline: two years and more."""


def fill_whole_study(
    installation: Installation, data_dir: Path, actor: Actor, definition: StudyDefinition, *, definition_file: Path
) -> None:
    """Seed the registry in processes of its own while images are made; then take the images in."""
    today, key = _first_day(data_dir), installation.settings.key
    patients = imaged_patients(today)
    order = Order(definition_file, today, tuple((patient.site, day_of(patient.baseline_on)) for patient in patients))
    people_and_papers(installation.database, actor, definition, planned(order))
    for patient in patients:
        register_imaged(installation, actor, patient.site, patient.subject, day_of(patient.baseline_on))
    folder = data_dir / "sample"
    with at_work(installation.database.url, order, key=key) as crew:
        _make_images(folder, patients, crew)
        _wait_for(crew, len(planned(order).patients))
    images_and_courses(installation, folder, truth_of(folder))
    imaged = [patient.subject for patient in patients]
    show_differences(installation, definition.code, COMMITTED_IMAGES, imaged)


def imaged_patients(today: date) -> tuple[Patient, ...]:
    """Return the patients with images, their days counted back from a day."""
    return tuple(
        replace(patient, baseline_on=f"{workday(today - timedelta(days=days)):%Y%m%d}")
        for patient, days in zip(PATIENTS, DAYS_AGO, strict=False)
    )


def _first_day(data_dir: Path) -> date:
    """Return the day the demonstration was begun on: one that was interrupted goes on with the same plan."""
    kept = data_dir / DAY
    if not kept.exists():
        kept.write_text(f"{datetime.now(UTC).date()}\n", encoding="utf-8")
    return date.fromisoformat(kept.read_text(encoding="utf-8").strip())


def _make_images(folder: Path, patients: tuple[Patient, ...], crew: Crew) -> None:
    if (folder / "truth.json").exists():
        return
    with errors.status("Making images …") as status:
        generate(
            folder,
            patients=patients,
            progress=lambda line: status.update(f"{crew.n_done} patients recorded · making images: {line}"),
        )


def _wait_for(crew: Crew, n_patients: int) -> None:
    with progress(rate_of=None) as bar:
        task = bar.add_task("patients without images", total=n_patients)
        for n_more in crew.finished():
            bar.advance(task, n_more)

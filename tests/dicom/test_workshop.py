"""A child that dies or hangs costs the file it was reading, and nothing else."""

from pathlib import Path

import psutil

from casebook.dicom.preparation import SetAside
from casebook.dicom.workshop import Workshop, WorkshopLimits
from tests.dicom.deidentification.builders import a_plan


def codes(workshop: Workshop, sources: list[Path], staging: Path) -> list[str]:
    results = list(workshop.prepare(sources, staging_dir=staging, plan=a_plan()))
    return [result.code for result in results if isinstance(result, SetAside)]


def some_files(folder: Path, n_files: int) -> list[Path]:
    made = [folder / f"{number}.txt" for number in range(n_files)]
    for file in made:
        file.write_text(f"no image {file.name}")
    return made


def the_new_child(before: set[int]) -> psutil.Process:
    (child,) = (child for child in psutil.Process().children() if child.pid not in before and is_spawned(child))
    return child


def is_spawned(child: psutil.Process) -> bool:
    return "spawn_main" in " ".join(child.cmdline())


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_a_child_that_died_costs_one_file_and_is_replaced(tmp_path):
    files, before = some_files(tmp_path, 3), children()
    with Workshop(n_children=1) as workshop:
        (usual,) = codes(workshop, files[:1], tmp_path)
        child = the_new_child(before)
        child.kill()
        child.wait()
        assert codes(workshop, files[1:], tmp_path) == ["reader-died", usual]


def test_a_child_that_hangs_costs_one_file_and_is_replaced(tmp_path):
    files, before = some_files(tmp_path, 3), children()
    with Workshop(n_children=1, limits=WorkshopLimits(seconds=5)) as workshop:
        (usual,) = codes(workshop, files[:1], tmp_path)
        child = the_new_child(before)
        child.suspend()
        assert codes(workshop, files[1:], tmp_path) == ["took-too-long", usual]
        assert not child.is_running()


def test_results_come_in_the_order_of_the_files(tmp_path):
    files = some_files(tmp_path, 20)
    with Workshop(n_children=2) as workshop:
        results = list(workshop.prepare(files, staging_dir=tmp_path, plan=a_plan()))
    assert [result.source for result in results] == files

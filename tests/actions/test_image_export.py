"""The images of the sample study leave as files: whole, found again, and said where one could not."""

import csv
import gzip
import hashlib
import json
import re
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.fileset import FileSet
from sqlalchemy import select, text

from casebook.actions.image_export import ImageForm, Wanted, export_images, image_list
from casebook.actions.image_sources import NOT_THERE, OTHER_BYTES
from casebook.actions.studies import load_definition
from casebook.domain.actors import Actor, Grant, Role
from casebook.domain.errors import Forbidden, Invalid
from casebook.domain.imaging import SeriesRole
from casebook.store.database import set_actor
from casebook.store.files import FileStore
from casebook.store.tables import AccessEvent
from tests.actions.central_builders import MACHINE
from tests.conftest import SAMPLE, _copied, _installation
from tests.pages.hospital import DREAM

STUDY, SUBJECT = "DREAM", "JP-03-0001"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
STATISTICIAN = Actor("statistician", "S", (Grant(Role.STATISTICIAN, STUDY),))


OF_SUBJECT = Wanted(subjects=frozenset({SUBJECT}))
AT_BASELINE = Wanted(subjects=frozenset({SUBJECT}), timepoints=frozenset({"baseline"}))


class World:
    """The sample study, read only; each export goes into a folder of its own."""

    def __init__(self, session, archive: FileStore, base: Path):
        self.session, self.archive, self.base = session, archive, base
        self.listed = image_list(session, STATISTICIAN, study_code=STUDY)

    @property
    def at_baseline(self) -> list[dict]:
        return [one for one in self.of_subject if one["timepoint"] == "baseline"]

    @property
    def of_subject(self) -> list[dict]:
        return [series for series in self.listed["series"] if series["subject"] == SUBJECT]

    def export(self, name: str, form: ImageForm, **more):
        return export_images(
            self.session,
            STATISTICIAN,
            study_code=STUDY,
            folder=self.base / name,
            form=form,
            now=NOW,
            **({"archive": self.archive, "listed": self.listed, "cut_name": "first"} | more),
        )


@pytest.fixture(scope="module")
def world(sample_dir, server, owner, worker_id, tmp_path_factory):
    database = _copied(owner, server, f"images_{worker_id}", SAMPLE)
    installation = _installation(database, sample_dir)
    with database.session() as session:
        session.begin()
        set_actor(session, "tester", "a test")
        yield World(session, installation.archive, tmp_path_factory.mktemp("images"))
        session.rollback()
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {database.engine.url.database} with (force)"))


@pytest.fixture(scope="module")
def folder(world):
    seen: list[tuple[int, int]] = []
    made = world.export(
        "dicom", ImageForm.DICOMDIR, wanted=OF_SUBJECT, progress=lambda done, of: seen.append((done, of))
    )
    assert seen[-1] == (made.n_files, made.n_files)
    return made.folder


@pytest.fixture(scope="module")
def volumes(world):
    return world.export("nifti", ImageForm.NIFTI, wanted=AT_BASELINE).folder


def manifest(folder: Path) -> list[dict]:
    return json.loads((folder / "manifest.json").read_text())["files"]


def test_the_list_holds_every_archived_image_with_its_digest(world):
    images = [image for series in world.listed["series"] for image in series["instances"]]
    assert len(images) == len({image["sop_uid"] for image in images}) > 100
    assert json.loads(json.dumps(world.listed)) == world.listed


def test_the_directory_finds_every_copied_image_and_each_is_what_the_archive_holds(world, folder):
    wanted = {image["sop_uid"]: image["sha256"] for series in world.of_subject for image in series["instances"]}
    directory = FileSet(folder / "DICOMDIR")
    found = {instance.SOPInstanceUID: Path(instance.path) for instance in directory}
    directory._stage["t"].cleanup()
    assert {uid: hashlib.sha256(path.read_bytes()).hexdigest() for uid, path in found.items()} == wanted


def test_file_names_keep_to_the_narrowest_rule(folder):
    for line in manifest(folder):
        parts = line["path"].split("/")
        assert len(parts) <= 8
        assert all(len(part) <= 8 and part.isalnum() and part == part.upper() for part in parts)


def test_every_voxel_of_every_volume_lies_where_dicom_says(world, folder, volumes):
    places = {line["sop_uid"]: folder / line["path"] for line in manifest(folder)}
    made = [line for line in manifest(volumes) if line["path"]]
    assert len(made) > 10
    for line in made:
        affine, shape = header_of(volumes / line["path"])
        assert shape == (line["n_columns"], line["n_rows"], line["n_slices"])
        for source in line["sources"]:
            for position in positions(places[source["sop_uid"]], source.get("frames")):
                index = np.linalg.inv(affine) @ np.append(position * [-1, -1, 1], 1.0)
                assert index[:2] == pytest.approx([0, 0], abs=0.02)
                assert index[2] == pytest.approx(round(index[2]), abs=0.05)
                assert 0 <= round(index[2]) < shape[2]


def header_of(path: Path) -> tuple[np.ndarray, tuple[int, ...]]:
    plain = gzip.decompress(path.read_bytes())
    affine = np.vstack([np.array(struct.unpack("<12f", plain[280:328])).reshape(3, 4), [0, 0, 0, 1]])
    return affine, struct.unpack("<8h", plain[40:56])[1:4]


def positions(path: Path, frames: list[int] | None) -> list[np.ndarray]:
    ds = dcmread(path, stop_before_pixels=True)
    if "PerFrameFunctionalGroupsSequence" not in ds:
        return [np.array(ds.ImagePositionPatient, float)]
    groups = ds.PerFrameFunctionalGroupsSequence
    return [np.array(groups[number - 1].PlanePositionSequence[0].ImagePositionPatient, float) for number in frames]


def test_diffusion_has_a_volume_for_each_b_value_and_its_values_are_those_of_dicom(folder, volumes):
    lines = [line for line in manifest(volumes) if line["role"] == "dwi" and line["timepoint"] == "baseline"]
    assert len({line["b_value_s_per_mm2"] for line in lines}) >= 2
    (line,) = [one for one in lines if one["b_value_s_per_mm2"] == max(x["b_value_s_per_mm2"] for x in lines)]
    plain = gzip.decompress((volumes / line["path"]).read_bytes())
    assert hashlib.sha256(plain).hexdigest() == line["voxels_sha256"]
    assert struct.unpack("<h", plain[70:72]) == (4,)
    voxels = np.frombuffer(plain[352:], "<i2").reshape(line["n_slices"], line["n_rows"], line["n_columns"])
    places = {one["sop_uid"]: folder / one["path"] for one in manifest(folder)}
    sources = [dcmread(places[source["sop_uid"]]) for source in line["sources"]]
    for ds in sources:
        k = sorted(float(one.ImagePositionPatient[2]) for one in sources).index(float(ds.ImagePositionPatient[2]))
        assert (voxels[k] == ds.pixel_array).all()


def test_what_is_no_volume_is_said_with_the_reason_and_no_series_is_lost(world, volumes):
    lines = manifest(volumes)
    assert {line["series_uid"] for line in lines} == {series["series_uid"] for series in world.at_baseline}
    assert all(line["reason"] for line in lines if line["path"] is None)
    told = {(line["series_uid"], source["sop_uid"]) for line in lines for source in line["sources"]}
    assert told == {(one["series_uid"], image["sop_uid"]) for one in world.at_baseline for image in one["instances"]}


def test_the_same_series_are_written_alike_whatever_else_is_asked_for(world, volumes):
    wanted = replace(AT_BASELINE, roles=frozenset({SeriesRole.DWI, SeriesRole.ADC}))
    again = world.export("again", ImageForm.NIFTI, wanted=wanted).folder
    files = sorted(path.relative_to(again) for path in again.rglob("*.nii.gz"))
    assert len(files) > 2
    assert all((volumes / path).read_bytes() == (again / path).read_bytes() for path in files)
    with (volumes / "manifest.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(manifest(volumes))


def test_a_cut_is_taken_apart_by_the_rules_of_its_own_definition_and_what_is_of_now_by_those_in_force(world, volumes):
    written = {line["path"] for line in manifest(volumes) if line["path"] and line["role"] == "dwi"}
    wanted = replace(AT_BASELINE, roles=frozenset({SeriesRole.DWI}))
    text = DREAM.read_text(encoding="utf-8")
    amended = re.sub('^version = "[0-9.]+"', 'version = "99"', text, count=1, flags=re.MULTILINE).replace(
        'version = "dream-1"', 'version = "dream-2"\nlocalizer_types = ["NONE", "TRACEW", "DIFFUSION", "SE"]', 1
    )
    with world.session.begin_nested() as later:
        load_definition(world.session, MACHINE, text=amended, now=datetime(2100, 1, 1, tzinfo=UTC))
        of_cut = world.export("of-cut", ImageForm.NIFTI, wanted=wanted)
        of_now = world.export("of-now", ImageForm.NIFTI, wanted=wanted, listed=None, cut_name=None)
        later.rollback()
    assert {line["path"] for line in manifest(of_cut.folder)} == written
    assert {line["path"] for line in manifest(of_now.folder)}.isdisjoint(written)


def test_images_that_came_after_the_cut_do_not_enter_and_lost_or_other_bytes_are_said(world):
    (first, *_) = [one for one in world.listed["series"] if one["modality"] == "CT"]
    kept, gone, other = first["instances"][:3]
    earlier = {
        "study": STUDY,
        "series": [{**first, "instances": [kept, {**gone, "sop_uid": "2.25.1"}, {**other, "sha256": "00" * 32}]}],
    }
    made = world.export("earlier", ImageForm.DICOMDIR, listed=earlier)
    assert made.n_files == 1
    assert [line.reason for line in made.left_out] == [NOT_THERE, OTHER_BYTES]


def test_bytes_that_are_not_what_their_digest_says_never_leave(world):
    class Altered:
        def read(self, key, ranges=None):
            return b"x" + world.archive.read(key, ranges)[1:]

    wanted = Wanted(roles=frozenset({SeriesRole.T2}), timepoints=frozenset({"baseline"}))
    made = world.export("altered", ImageForm.NIFTI, archive=Altered(), wanted=wanted)
    assert made.n_files == 0
    assert all("SHA-256" in line.reason for line in made.left_out)


def test_roles_and_timepoints_narrow_what_is_taken(world):
    wanted = Wanted(timepoints=frozenset({"baseline"}), roles=frozenset({SeriesRole.ADC}))
    lines = manifest(world.export("adc", ImageForm.NIFTI, wanted=wanted).folder)
    assert {(line["role"], line["timepoint"]) for line in lines} == {("adc", "baseline")}


def test_an_export_is_in_the_access_log_and_never_overwrites(world, folder):
    kept = world.session.scalars(select(AccessEvent).where(AccessEvent.actor == "statistician")).all()
    assert any(row.target.startswith("images DREAM first dicomdir") for row in kept)
    with pytest.raises(Invalid, match="not empty"):
        world.export("dicom", ImageForm.DICOMDIR)


@pytest.mark.parametrize("role", [Role.CENTRAL_READER, Role.ADJUDICATOR, Role.MONITOR, Role.ADMINISTRATOR])
def test_who_sees_images_may_not_for_that_take_them_away(world, role, tmp_path):
    actor = replace(STATISTICIAN, grants=(Grant(role, STUDY),))
    with pytest.raises(Forbidden):
        image_list(world.session, actor, study_code=STUDY)
    with pytest.raises(Forbidden):
        export_images(
            world.session,
            actor,
            study_code=STUDY,
            archive=world.archive,
            folder=tmp_path,
            form=ImageForm.NIFTI,
            now=NOW,
            listed=world.listed,
        )

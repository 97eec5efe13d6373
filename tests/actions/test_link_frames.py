import json
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from sqlalchemy import select, text

from casebook.actions.link_frames import link_frames
from casebook.dicom.frame_index import even_frames
from casebook.dicom.registration import MAX_QUALITY_MM, Refusal
from casebook.domain.imaging import LocationBasis
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.rigid import transformed
from casebook.domain.series_facts import FrameFacts, InstanceFacts
from casebook.domain.series_roles import RoleProposal
from casebook.store import images, lesions
from casebook.store.files import key_of
from casebook.store.tables import (
    FrameLink,
    ImagingStudy,
    Instance,
    Series,
    SeriesRole,
    Site,
    Study,
    StudyVersion,
    Subject,
)
from tests.dicom.abdomen_builders import an_abdomen, frames_of, lying_elsewhere

NATIVE, JPEG_2000 = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90"
VOXEL_MM = (4.0, 4.0, 5.0)
BASELINE_CT, BASELINE_MR, LATER_CT, LATER_MR, DAMAGED_MR = "1.1", "1.2", "2.1", "2.2", "2.3"
HERE = an_abdomen(1)
LATER = lying_elsewhere(HERE, turn_deg=(2, 3, -4), shift_mm=(-8, 15, 30))
SCANNED = lying_elsewhere(HERE, turn_deg=(0, -2, 3), shift_mm=(10, 5, -1200))
SOMEBODY_ELSE = an_abdomen(2)


@dataclass(frozen=True)
class Registry:
    installation: object
    subject_id: object

    def run(self):
        place = self.installation
        return link_frames(place.database, place.archive, actor="machine", subject_id=self.subject_id)

    def rows(self):
        with self.installation.database.session() as session:
            rows = session.scalars(select(FrameLink)).all()
            return {(row.from_frame_uid, row.to_frame_uid): row for row in rows}

    def n_events(self):
        with self.installation.database.session() as session:
            return session.scalar(text("select count(*) from audit_event where table_name = 'frame_link'"))


@pytest.fixture
def registry(installation):
    with installation.database.transaction(actor="tester", reason="a test") as session:
        study = added(session, Study(code="S", name="S"))
        version = added(session, StudyVersion(study_id=study.id, version="1", sha256="", source=""))
        where = {"country": "JP", "site_group": "JP", "data_centre": "JP"}
        site = added(session, Site(study_id=study.id, code="JP-01", name_en="A", name_ja="あ", **where))
        subject = added(
            session,
            Subject(
                study_id=study.id,
                site_id=site.id,
                study_version_id=version.id,
                number="JP-01-0001",
                reading_code="R-1",
                road="prospective",
                registered_on=date(2026, 1, 1),
            ),
        )
    return Registry(installation, subject.id)


def added(session, row):
    session.add(row)
    session.flush()
    return row


def with_series(registry, timepoint, frame_uid, role, abdomen, *, syntax=NATIVE, n_planes=26):
    """Archive one multi-frame series of the abdomen in a frame of reference of its own."""
    is_ct = role is Role.CT_PORTAL_VENOUS
    array, first = frames_of(abdomen, is_ct=is_ct, voxel_mm=VOXEL_MM, n_voxels=(60, 44, n_planes))
    pixels = np.rint(array).astype("<i2").tobytes()
    place = registry.installation
    digest = frame_uid.encode().ljust(32, b"\0")
    incoming = place.archive.staging_dir() / frame_uid
    incoming.write_bytes(pixels)
    place.archive.put_all([(key_of(digest), incoming)])
    with place.database.transaction(actor="tester", reason="a test") as session:
        timepoint_id = images.ensure_timepoint(session, registry.subject_id, timepoint)
        day = date(2026, 1, 5) if timepoint == "baseline" else date(2026, 5, 1)
        study = added(session, ImagingStudy(timepoint_id=timepoint_id, study_uid=f"{frame_uid}.9", study_on=day))
        series = added(
            session,
            Series(
                imaging_study_id=study.id,
                series_uid=f"{frame_uid}.8",
                modality="CT" if is_ct else "MR",
                frame_of_reference_uid=frame_uid,
            ),
        )
        proposal = RoleProposal(series.series_uid, role, 0.9, (), "a rule")
        session.add(
            SeriesRole(series_id=series.id, role=role, confidence=0.9, rule="a rule", proposal=proposal.to_json())
        )
        session.add(
            Instance(
                series_id=series.id,
                sop_uid=f"{frame_uid}.7",
                sop_class_uid="1.2.840.10008.5.1.4.1.1.4.1",
                transfer_syntax_uid=syntax,
                n_frames=n_planes,
                n_rows=44,
                n_columns=60,
                file_key=key_of(digest),
                n_bytes=len(pixels),
                received_sha256=digest,
                archived_sha256=digest,
                pixel_sha256=digest,
                frame_index=even_frames(
                    head_bytes=0, offset=0, frame_bytes=len(pixels) // n_planes, n_frames=n_planes
                ).to_bytes(),
                dicom_json=json.dumps(described()).encode(),
                facts=facts(frame_uid, first, n_planes).to_json(),
            )
        )


def described():
    values = {"00280010": 44, "00280011": 60, "00280100": 16, "00280101": 16, "00280103": 1}
    return {tag: {"vr": "US", "Value": [value]} for tag, value in values.items()} | {
        "00280004": {"vr": "CS", "Value": ["MONOCHROME2"]}
    }


def facts(frame_uid, first, n_planes):
    return InstanceFacts(
        sop_class_uid="1",
        sop_uid=f"{frame_uid}.7",
        study_uid=f"{frame_uid}.9",
        series_uid=f"{frame_uid}.8",
        transfer_syntax_uid=NATIVE,
        modality="MR",
        frame_of_reference_uid=frame_uid,
        frames=tuple(
            FrameFacts(
                position_mm=(float(first[0]), float(first[1]), float(first[2]) + number * VOXEL_MM[2]),
                orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
                pixel_spacing_mm=(VOXEL_MM[1], VOXEL_MM[0]),
            )
            for number in range(n_planes)
        ),
    )


def error_mm(row, start, end):
    """How far the link takes a point of the liver from where it truly lies."""
    own = np.array([-50.0, 10.0, 20.0, 1.0])
    point = (start.matrix() @ own)[:3]
    return float(np.linalg.norm(np.array(transformed(tuple(row.matrix), tuple(point))) - (end.matrix() @ own)[:3]))


@pytest.mark.slow
def test_a_subjects_frames_are_linked_once_and_what_a_person_linked_stays(registry):
    with_series(registry, "baseline", BASELINE_MR, Role.EOB_HEPATOBILIARY, HERE)
    with_series(registry, "baseline", BASELINE_CT, Role.CT_PORTAL_VENOUS, SCANNED)
    with_series(registry, "preoperative", LATER_MR, Role.EOB_HEPATOBILIARY, LATER)
    with_series(registry, "preoperative", LATER_CT, Role.CT_PORTAL_VENOUS, SOMEBODY_ELSE)
    with_series(registry, "preoperative", DAMAGED_MR, Role.T2, LATER, syntax=JPEG_2000)

    assert registry.run() == 5
    rows = registry.rows()
    for start, end, a, b in [
        (BASELINE_MR, BASELINE_CT, HERE, SCANNED),
        (BASELINE_CT, BASELINE_MR, SCANNED, HERE),
        (BASELINE_MR, LATER_MR, HERE, LATER),
        (BASELINE_CT, LATER_MR, SCANNED, LATER),
        (LATER_MR, BASELINE_CT, LATER, SCANNED),
    ]:
        assert rows[start, end].basis == LocationBasis.REGISTERED
        assert error_mm(rows[start, end], a, b) < rows[start, end].quality_mm < MAX_QUALITY_MM
    assert rows[BASELINE_CT, LATER_MR].detail["through"] == [BASELINE_MR]
    for pair, why in {
        (LATER_MR, LATER_CT): {Refusal.BLOCKS_DISAGREE, Refusal.LITTLE_OVERLAP, Refusal.LITTLE_STRUCTURE},
        (LATER_MR, DAMAGED_MR): {Refusal.NOT_READABLE},
    }.items():
        assert (rows[pair].basis, rows[pair].matrix) == (LocationBasis.NOT_KNOWN, None)
        assert rows[pair].detail["refusal"] in why
    assert (BASELINE_MR, DAMAGED_MR) not in rows

    n_events = registry.n_events()
    assert registry.run() == 0
    assert registry.n_events() == n_events

    by_hand = {
        "basis": LocationBasis.LANDMARKS,
        "matrix": [1.0, 0.0, 0.0, 7.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        "quality_mm": 2.0,
        "made_by": "a reader",
        "detail": {},
    }
    with registry.installation.database.transaction(actor="a reader", reason="landmarks") as session:
        lesions.put_link(
            session,
            subject_id=registry.subject_id,
            from_frame_uid=BASELINE_CT,
            to_frame_uid=LATER_CT,
            values=by_hand,
        )
    assert registry.run() == 0
    rows = registry.rows()
    assert {name: getattr(rows[BASELINE_CT, LATER_CT], name) for name in by_hand} == by_hand
    assert rows[LATER_MR, LATER_CT].detail["through"] == [BASELINE_MR, BASELINE_CT]
    assert rows[LATER_MR, LATER_CT].detail["refusal"] is not None


def test_a_subject_without_enough_of_the_liver_in_two_frames_has_no_links(registry):
    assert registry.run() == 0
    with_series(registry, "baseline", BASELINE_MR, Role.EOB_HEPATOBILIARY, HERE)
    with_series(registry, "baseline", BASELINE_CT, Role.CT_PORTAL_VENOUS, SCANNED, n_planes=9)
    with_series(registry, "preoperative", LATER_MR, Role.DWI, LATER)
    assert registry.run() == 0
    assert registry.rows() == {}

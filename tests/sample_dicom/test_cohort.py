"""The patients belong to the study's own sites and cover what the study has to cope with."""

import tomllib
from pathlib import Path

from sample_dicom import PATIENTS
from sample_dicom.lesions import Course

STUDY = Path(__file__).parents[2] / "studies" / "dream.toml"


def test_every_patient_belongs_to_a_site_of_the_study():
    definition = tomllib.loads(STUDY.read_text(encoding="utf-8"))
    names = {site["code"]: site["name"] for site in definition["sites"]}
    assert [(p.site, p.site_name) for p in PATIENTS] == [(p.site, names.get(p.site)) for p in PATIENTS]
    assert all(p.subject.startswith(f"{p.site}-") for p in PATIENTS)


def test_the_patients_of_the_demonstration_show_each_way_a_lesion_can_go():
    assert {lesion.course for patient in PATIENTS[:3] for lesion in patient.lesions} == set(Course)


def test_each_patient_was_scanned_by_another_vendor():
    assert len({p.manner.key for p in PATIENTS}) == len(PATIENTS) == 5


def test_subjects_people_and_hospital_numbers_are_all_different():
    for values in (
        [p.subject for p in PATIENTS],
        [p.person.name for p in PATIENTS],
        [p.person.patient_id for p in PATIENTS],
    ):
        assert len(set(values)) == len(values)

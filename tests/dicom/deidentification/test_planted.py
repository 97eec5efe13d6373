"""None of the planted identifiers survives in the written bytes; b-values and intervals do."""

import warnings
from datetime import date

import pytest
from pydicom.dataset import Dataset

from casebook.dicom.deidentification import deidentify
from sample_dicom.planted import (
    N_DAYS_BETWEEN,
    SAFE_BLOCKS,
    kept_b_values,
    planted_classic,
    planted_enhanced,
    read,
    survivors,
    written,
)
from tests.dicom.deidentification.builders import a_plan


@pytest.fixture(scope="module", params=["classic", "enhanced"])
def planted(request: pytest.FixtureRequest) -> tuple[bytes, bytes, Dataset]:
    """The file as sent, the file as archived, and the archived dataset."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds, n_planted = planted_classic() if request.param == "classic" else planted_enhanced()
        assert n_planted >= 3000
        sent = written(ds)
        result = deidentify(read(sent), a_plan()).dataset
        archived = written(result)
    return sent, archived, read(archived)


def test_the_planted_file_is_full_of_identifiers(planted):
    assert len(survivors(planted[0])) >= 3000


def test_no_planted_identifier_survives(planted):
    assert survivors(planted[1]) == []


def test_the_preamble_is_zero(planted):
    assert planted[1][:128] == bytes(128)


def test_the_interval_between_dates_survives(planted):
    _, _, archived = planted
    days = [date.fromisoformat(archived[keyword].value) for keyword in ("StudyDate", "ContentDate")]
    assert (days[1] - days[0]).days == N_DAYS_BETWEEN


def test_the_standard_b_value_survives(planted):
    assert planted[2].DiffusionBValue == 500.0


def test_a_known_code_keeps_the_standards_meaning(planted):
    assert [item.CodeMeaning for item in planted[2].AnatomicRegionSequence] == ["Liver"]


def test_an_object_without_known_code_in_a_sequence_has_no_such_sequence(planted):
    assert "ContrastBolusAgentSequence" not in planted[2]


@pytest.mark.parametrize("safe", SAFE_BLOCKS, ids=lambda safe: safe.vendor)
def test_a_safe_private_b_value_survives_wherever_its_block_lies(safe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = deidentify(read(written(planted_classic()[0])), a_plan()).dataset
        archived = read(written(result))
    assert kept_b_values(archived, safe) == safe.b_values


def test_the_frames_keep_their_b_values():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archived = deidentify(read(written(planted_enhanced()[0])), a_plan()).dataset
    frames = archived.PerFrameFunctionalGroupsSequence
    assert [f.MRDiffusionSequence[0].DiffusionBValue for f in frames] == [0.0, 100.0, 200.0, 300.0]


def test_safe_elements_inside_private_sequences_of_a_frame_stay():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archived = deidentify(read(written(planted_enhanced()[0])), a_plan()).dataset
    frame = archived.PerFrameFunctionalGroupsSequence[0]
    values = frame.private_block(0x0021, "SIEMENS MR SDI 02")[0xFE].value[0]
    assert values.private_block(0x0021, "SIEMENS MR SDI 02")[0x05].value == 650

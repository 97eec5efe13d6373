"""dicomweb-client, a program we did not write, against the running service."""

import warnings
from io import BytesIO

import numpy as np
import pytest
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from tests.api.dicomweb.images import a_sent_study
from tests.api.dicomweb.test_stow import a_slice


@pytest.fixture
def web(running):
    session = create_session()
    session.headers["Authorization"] = "Bearer token-of-manager"
    yield DICOMwebClient(running.url + "/dicomweb", session=session)
    session.close()


@pytest.fixture
def study(web):
    return web.search_for_studies(search_filters={"PatientID": "JP-03-0001", "StudyDate": "20000101-"})[0]["0020000D"][
        "Value"
    ][0]


def test_it_searches_at_every_level(web, study):
    assert len(web.search_for_studies(get_remaining=True, limit=1)) >= 2
    series = web.search_for_series(study, fields=["SeriesDescription"])
    assert [one["00200011"]["Value"][0] for one in series] == [1, 2, 3]
    instances = web.search_for_instances(study, series[0]["0020000E"]["Value"][0])
    assert len(instances) == 3
    assert len(web.search_for_instances(search_filters={"StudyInstanceUID": study})) == 6
    assert web.search_for_studies(search_filters={"PatientID": "nobody"}) == []


def test_it_reads_metadata_and_objects(web, study):
    originals = a_sent_study("JP-03-0001")
    metadata = web.retrieve_study_metadata(study)
    assert len(metadata) == 6
    objects = web.retrieve_study(study)
    assert [(ds.pixel_array == one.pixels.squeeze()).all() for ds, one in zip(objects, originals, strict=True)] == [
        True
    ] * 6
    series = metadata[3]["0020000E"]["Value"][0]
    stored = web.retrieve_series(study, series, media_types=(("application/dicom", "*"),))
    assert {ds.file_meta.TransferSyntaxUID for ds in stored} == {RLELossless}
    plain = web.retrieve_series(study, series)
    assert {ds.file_meta.TransferSyntaxUID for ds in plain} == {ExplicitVRLittleEndian}
    one = web.retrieve_instance(study, series, metadata[3]["00080018"]["Value"][0])
    assert one.SOPInstanceUID == metadata[3]["00080018"]["Value"][0]
    assert next(iter(web.iter_series(study, series))).SOPInstanceUID == one.SOPInstanceUID


def test_it_reads_frames(web, study):
    original = a_sent_study("JP-03-0001")[5]
    metadata = web.retrieve_study_metadata(study)[5]
    series, instance = metadata["0020000E"]["Value"][0], metadata["00080018"]["Value"][0]
    frames = web.retrieve_instance_frames(study, series, instance, [1, 3])
    assert [np.frombuffer(frame, "<i2").tolist() for frame in frames] == [
        original.pixels[number].ravel().tolist() for number in (0, 2)
    ]
    any_syntax = web.retrieve_instance_frames(
        study, series, instance, [2], media_types=(("application/octet-stream", "*"),)
    )
    assert any_syntax[0] == original.pixels[1].tobytes()


def test_it_shows_pictures(web, study):
    metadata = web.retrieve_study_metadata(study)[0]
    uids = (study, metadata["0020000E"]["Value"][0], metadata["00080018"]["Value"][0])
    assert web.retrieve_instance_rendered(*uids, media_types=("image/png",)).startswith(b"\x89PNG")
    assert web.retrieve_instance_frames_rendered(*uids, [1], media_types=("image/jpeg",)).startswith(b"\xff\xd8")


def test_it_fetches_bulk_data(web, running, study):
    metadata = web.retrieve_study_metadata(study)[0]
    url = "/".join(
        (
            running.url,
            "dicomweb/studies",
            study,
            "series",
            metadata["0020000E"]["Value"][0],
            "instances",
            metadata["00080018"]["Value"][0],
            "bulkdata/00280010",
        )
    )
    assert web.retrieve_bulkdata(url) == [(32).to_bytes(2, "little")]


def test_it_stores_and_finds_what_it_stored(web, running):
    ds = a_slice(1, study="90").ds
    answer = web.store_instances([ds], additional_params={"subject": "IT-01-0001", "timepoint": "preoperative"})
    (item,) = answer.ReferencedSOPSequence
    assert item.ReferencedSOPInstanceUID == ds.SOPInstanceUID
    stored = web._http_get(item.RetrieveURL, headers={"Accept": "application/dicom"})
    assert dcmread(BytesIO(stored.content)).PatientID == "IT-01-0001"
    based = DICOMwebClient(running.url + "/dicomweb/subjects/IT-01-0001/timepoints/preoperative", session=web._session)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = based.store_instances([ds])
    assert again.ReferencedSOPSequence[0].RetrieveURL == item.RetrieveURL

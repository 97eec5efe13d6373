"""What a browser does when it sends images: begin, announce, send piece by piece, finish."""

import hashlib
import io
import zipfile
from pathlib import Path

import pydicom

from services.command.demo import ROOT

SMALL = ROOT / "sample_dicom" / "small"
SUBJECT, TIMEPOINT = "BE-02-0001", "baseline"
CT_FOLDER = SMALL / "BE-02" / SUBJECT / TIMEPOINT / "CT_S002_37DF"
NEW_STUDY = "1.2.826.0.1.3680043.10.543.901"


def ct_files() -> list[Path]:
    return sorted(CT_FOLDER.iterdir())


def a_new_slice(number: int) -> bytes:
    """A slice of the same patient that the archive does not have."""
    ds = pydicom.dcmread(ct_files()[0])
    ds.StudyInstanceUID, ds.SeriesInstanceUID = NEW_STUDY, f"{NEW_STUDY}.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{NEW_STUDY}.1.{number}"
    ds.InstanceNumber = number
    written = io.BytesIO()
    ds.save_as(written)
    return written.getvalue()


def a_slice_of_somebody_else() -> bytes:
    ds = pydicom.dcmread(ct_files()[1])
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "other-77", "Autre^Personne", "19330303"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    written = io.BytesIO()
    ds.save_as(written)
    return written.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


def a_zip_with_faults(*, n_new: int = 2) -> bytes:
    """New slices, one that is archived, another patient's, a truncated one, an HTML page, and a zip within."""
    known = ct_files()[0].read_bytes()
    members = {f"CT/new-{number}.dcm": a_new_slice(number) for number in range(1, n_new + 1)}
    return zipped(
        members
        | {
            "CT/known.dcm": known,
            "CT/again.dcm": a_new_slice(1),
            "other.dcm": a_slice_of_somebody_else(),
            "truncated.dcm": known[: len(known) // 2],
            "page.dcm": b"<html><body>not an image</body></html>",
            "more.zip": zipped({"inner.dcm": known}),
        }
    )


REASONS_OF_FAULTS = {"other-patient": 1, "truncated": 1, "not-dicom": 1, "nested-archive": 1}


def begin(client, *, subject: str = SUBJECT, timepoint: str = TIMEPOINT) -> str:
    answer = client.post("/api/v1/uploads", json={"subject": subject, "timepoint": timepoint})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def announce(client, upload: str, files: dict[str, bytes]):
    sent = [{"name": name, "n_bytes": len(data)} for name, data in files.items()]
    return client.post(f"/api/v1/uploads/{upload}/files", json={"files": sent})


def announced(client, upload: str, files: dict[str, bytes]) -> dict[str, dict]:
    answer = announce(client, upload, files)
    assert answer.status_code == 200, answer.text
    return {file["name"]: file for file in answer.json()["files"]}


def put(client, upload: str, file_id: int, piece: bytes, *, offset: int = 0, sha256: str | None = None):
    return client.put(
        f"/api/v1/uploads/{upload}/files/{file_id}",
        params={"offset": offset},
        content=piece,
        headers={"X-Piece-SHA256": sha256 or hashlib.sha256(piece).hexdigest()},
    )


def send(client, upload: str, files: dict[str, bytes], *, piece_bytes: int = 64 * 1024) -> None:
    """Send what is not there yet."""
    for name, file in announced(client, upload, files).items():
        for offset in range(file["n_bytes_received"], file["n_bytes"], piece_bytes):
            answer = put(client, upload, file["id"], files[name][offset : offset + piece_bytes], offset=offset)
            assert answer.status_code == 200, answer.text


def finished(client, upload: str) -> dict:
    answer = client.post(f"/api/v1/uploads/{upload}/finish")
    assert answer.status_code == 200, answer.text
    return answer.json()

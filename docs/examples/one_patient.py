"""One new patient by the HTTP API alone: registration, images, lesion list, reads, forms, the row of the endpoint.

    casebook demo --small                      # in one window
    python docs/examples/one_patient.py        # in another

The images are copies of a sample patient's under new UIDs and another name, so the script can be run again and again.
It needs httpx and pydicom, and nothing of Casebook's own code.
"""

import argparse
import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

STUDY: Final = "DREAM"
SAMPLE: Final = Path(__file__).resolve().parents[2] / "sample_dicom" / "small" / "BE-02" / "BE-02-0001"
TIMEPOINTS: Final = ("baseline", "preoperative")
LESION: Final = "L1"
THERE: Final = {"visibility": "visible", "diameter_mm": "12.0", "confidence": 5}
GONE: Final = {"visibility": "not-visible", "confidence": 4}
REASON: Final = "an%20example"
MET: Final = (
    "colorectal_liver_metastases",
    "unresectable_or_borderline",
    "baseline_ct_and_mri",
    "chemotherapy_road",
    "adult",
    "written_consent",
)
NOT_SO: Final = ("mri_contraindicated", "liver_treated_before")
MET_AGAIN: Final = ("chemotherapy_complete", "preoperative_ct_and_mri", "mdt_resectable", "fit_for_surgery")
N_LOOKS: Final = 120
STANDARD_UIDS: Final = "1.2.840.10008."
DAYS_TO_MDT: Final = 105
DAYS_TO_SECOND: Final = 109
DAYS_TO_SURGERY: Final = 121
DAYS_TO_REPORT: Final = 131


class Person:
    """Somebody who works with the service, over a connection of their own."""

    def __init__(self, client: httpx.Client, login: str, password: str) -> None:
        self.client = client
        self.password = password
        self.call("POST", "/api/v1/session", json={"login": login, "password": password})
        self.client.headers["X-CSRF-Token"] = self.call("GET", "/api/v1/session").json()["csrf_token"]

    def call(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request; a refusal ends the script with the server's words."""
        try:
            answer = self.client.request(method, path, **parts)
        except httpx.ConnectError:
            raise SystemExit(f"Nothing answers at {self.client.base_url}; start `casebook demo --small`.") from None
        if answer.is_error:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who has a part."""

    manager: Person
    coordinator: Person
    readers: Sequence[Person]
    statistician: Person


@dataclass(frozen=True, slots=True)
class Patient:
    """A new patient: images by timepoint, the lesion list that goes with them, its segment, the first image's day."""

    images: Mapping[str, Sequence[Dataset]]
    lesion_list: str
    segment: str
    registered_on: date

    def n_series(self, timepoint: str) -> int:
        """How many series the timepoint has."""
        return len({image.SeriesInstanceUID for image in self.images[timepoint]})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the study makes of the patient's lesion, and the estimate over all patients."""

    subject: str
    lesion: dict[str, Any]
    row: dict[str, str]
    estimates: Sequence[dict[str, Any]]


def new_patient(folder: Path) -> Patient:
    """Make a patient of a sample's: the series its lesion list marks, and their like at the later timepoint."""
    rows = [row for row in _rows(folder / "baseline" / "lesions.csv") if row["lesion"] == LESION]
    marked = {row["series_uid"] for row in rows}
    sources = {timepoint: list(_read(folder / timepoint)) for timepoint in TIMEPOINTS}
    kinds = {name.rpartition("_")[0] for name, image in sources["baseline"] if image.SeriesInstanceUID in marked}
    uids: dict[str, str] = {}
    number = uuid4().hex[:10]
    images = {
        timepoint: [_renamed(image, uids, number) for name, image in found if name.rpartition("_")[0] in kinds]
        for timepoint, found in sources.items()
    }
    first_day = min(str(image.StudyDate) for image in images["baseline"])
    registered_on = date.fromisoformat(f"{first_day[:4]}-{first_day[4:6]}-{first_day[6:]}")
    renamed = [{name: uids.get(value, value) for name, value in row.items()} for row in rows]
    return Patient(images, _as_csv(renamed), rows[0]["segment"], registered_on)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _read(folder: Path) -> Iterator[tuple[str, Dataset]]:
    """Every image with the name of the folder of its series."""
    for path in sorted(folder.glob("*/*")):
        yield path.parent.name, dcmread(path)


def _renamed(image: Dataset, uids: dict[str, str], number: str) -> Dataset:
    """The image as another person's, under UIDs that nobody has seen; `uids` keeps which became which."""

    def renew(_: Dataset, element: Any) -> None:
        if element.VR == "UI" and isinstance(element.value, str) and not element.value.startswith(STANDARD_UIDS):
            element.value = uids.setdefault(str(element.value), generate_uid(prefix=None))

    image.walk(renew)
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.PatientName, image.PatientID, image.PatientBirthDate = f"Example^{number}", number, "19600101"
    return image


def multipart(images: Sequence[Dataset]) -> tuple[bytes, str]:
    """The body of a STOW-RS request and its content type."""
    boundary = uuid4().hex
    body = io.BytesIO()
    for image in images:
        body.write(f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode())
        packed = io.BytesIO()
        image.save_as(packed, enforce_file_format=True)
        body.write(packed.getvalue() + b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    return body.getvalue(), f'multipart/related; type="application/dicom"; boundary={boundary}'


def register(manager: Person, patient: Patient, site: str) -> dict[str, str]:
    """Register the patient, on a day of the past as only the data centre may; returns id and number."""
    registration = {
        "study": STUDY,
        "site": site,
        "road": "prospective",
        "registered_on": patient.registered_on.isoformat(),
        "answers": {
            **dict.fromkeys(MET, True),
            **dict.fromkeys(NOT_SO, False),
            "consented_on": patient.registered_on.isoformat(),
            "resectability": "unresectable",
        },
    }
    subject: dict[str, str] = manager.call(
        "POST", "/api/v1/subjects", json=registration, headers={"X-Change-Reason": REASON}
    ).json()
    return subject


def register_for_surgery(manager: Person, subject: Mapping[str, str], patient: Patient) -> None:
    """Make the second registration, after the decision “resectable”."""
    manager.call(
        "POST",
        f"/api/v1/subjects/{subject['id']}/second-registration",
        json={
            "registered_on": (patient.registered_on + timedelta(DAYS_TO_SECOND)).isoformat(),
            "answers": dict.fromkeys(MET_AGAIN, True),
        },
        headers={"X-Change-Reason": REASON},
    )


def send_images(coordinator: Person, subject: Mapping[str, str], patient: Patient) -> None:
    """Send each timepoint's images in one request."""
    for timepoint, images in patient.images.items():
        body, content_type = multipart(images)
        coordinator.call(
            "POST",
            "/dicomweb/studies",
            params={"subject": subject["number"], "timepoint": timepoint},
            content=body,
            headers={"Content-Type": content_type, "Accept": "application/dicom+json"},
        )


def wait_until_described(
    coordinator: Person, subject: Mapping[str, str], patient: Patient, pause: Callable[[], None]
) -> None:
    """Look at the cases until every series that was sent has its role."""
    for timepoint in patient.images:
        for _ in range(N_LOOKS):
            case = coordinator.call("GET", f"/api/v1/cases/{subject['id']}/{timepoint}").json()
            described = {series["series_uid"] for series in case["series"] if series["timepoint"] == timepoint}
            if len(described) >= patient.n_series(timepoint):
                break
            pause()
        else:
            raise SystemExit(f"The images of {timepoint} were not described; does a worker run?")


def send_lesions(coordinator: Person, subject: Mapping[str, str], patient: Patient) -> None:
    """Send the lesion list."""
    coordinator.call(
        "POST",
        f"/api/v1/subjects/{subject['number']}/lesion-list",
        content=patient.lesion_list.encode(),
        headers={"Content-Type": "text/csv"},
    )


def release_to_readers(manager: Person, subject: Mapping[str, str]) -> None:
    """Pass the images and agree on the lesion list; with both, the system draws the readers."""
    base = f"/api/v1/subjects/{subject['id']}"
    for timepoint in TIMEPOINTS:
        passed = {"decision": "passed", "reason": "two series are enough for an example"}
        manager.call("PUT", f"{base}/timepoints/{timepoint}/check", json=passed)
    version = manager.call("GET", f"{base}/lesions").headers["ETag"]
    manager.call(
        "POST", f"{base}/baseline-list/lock", json={"password": manager.password}, headers={"If-Match": version}
    )


def read_centrally(reader: Person, subject: Mapping[str, str]) -> None:
    """Read both timepoints as a blinded reader: every lesion is there before chemotherapy and gone after it."""
    cases = reader.call("GET", "/api/v1/cases").json()["cases"]
    case_id = next(case["case_id"] for case in cases if case["case_code"] == subject["reading_code"])
    for timepoint, verdict in zip(TIMEPOINTS, (THERE, GONE), strict=True):
        read_timepoint(reader, f"/api/v1/cases/{case_id}/{timepoint}", verdict)


def read_timepoint(reader: Person, path: str, verdict: Mapping[str, Any]) -> None:
    """Give the same verdict on every lesion in every step, lock each step, and sign."""
    case = reader.call("GET", path).json()
    steps, version = case["read"]["steps"], case["read"]["version"]
    for step in steps:
        for lesion in case["lesions"]:
            cell = f"{path}/findings/{lesion['id']}/{step['judges']}"
            version = _changed(reader, "PUT", cell, version, json=verdict)
        if step is not steps[-1]:
            version = _changed(reader, "POST", f"{path}/steps/{step['code']}/lock", version)
    signature = {"password": reader.password, "meaning": "I read these images; this is my independent reading"}
    _changed(reader, "POST", f"{path}/sign", version, json=signature)


def _changed(reader: Person, method: str, path: str, version: int, **parts: Any) -> int:
    """Change a read that has come to a version; returns the next one."""
    answer = reader.call(method, path, headers={"If-Match": f'"{version}"'}, **parts)
    next_version: int = answer.json()["version"]
    return next_version


def fill_forms(coordinator: Person, manager: Person, subject: Mapping[str, str], patient: Patient) -> None:
    """Decision, second registration, operation and pathology: the lesion is resected and holds no viable cell."""
    for form, answers in forms(patient.registered_on, patient.segment):
        coordinator.call("PUT", f"/api/v1/subjects/{subject['id']}/forms/{form}", json={"data": answers})
        if form == "mdt-decision":
            register_for_surgery(manager, subject, patient)


def forms(registered_on: date, segment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answers, form by form."""
    decided_on, operated_on, reported_on = (
        (registered_on + timedelta(days)).isoformat() for days in (DAYS_TO_MDT, DAYS_TO_SURGERY, DAYS_TO_REPORT)
    )
    yield (
        "mdt-decision",
        {
            "decided_on": decided_on,
            "members": [
                {"role": "medical-oncologist", "name": "A. Onc"},
                {"role": "liver-surgeon", "name": "B. Surg"},
                {"role": "gastrointestinal-radiologist", "name": "C. Rad"},
            ],
            "resectability": "resectable",
            "lesions": {LESION: {"plan": "resect", "reason": "resectable with margin"}},
        },
    )
    yield (
        "surgery",
        {
            "operated_on": operated_on,
            "procedure": "Segmentectomy",
            "resection_type": "anatomical",
            "segments_resected": [segment],
            "ultrasound": "with-contrast",
            "lesions": {LESION: {"ultrasound_finding": "not-seen", "found_by_surgeon": "no", "fate": "resected"}},
        },
    )
    yield (
        "pathology",
        {
            "operated_on": operated_on,
            "reported_on": reported_on,
            "lesions": {LESION: {"matching": "certain", "viable_cells": "none", "regression_grade": "1"}},
        },
    )


def outcome_of(coordinator: Person, statistician: Person, subject: Mapping[str, str]) -> Outcome:
    """What the rules say of the lesion, its row in the endpoint, and the estimate by strategy."""
    lesions = coordinator.call("GET", f"/api/v1/subjects/{subject['id']}/outcomes").json()["lesions"]
    endpoint = statistician.call("GET", f"/api/v1/studies/{STUDY}/endpoint").json()
    row = next(row for row in endpoint["rows"] if row["subject"] == subject["number"] and row["lesion"] == LESION)
    return Outcome(subject["number"], lesions[0], row, endpoint["table"]["strategies"])


def whole_course(people: People, patient: Patient, *, site: str, pause: Callable[[], None]) -> Outcome:
    """Take the patient from registration to the endpoint."""
    coordinator = people.coordinator
    subject = register(people.manager, patient, site)
    send_images(coordinator, subject, patient)
    wait_until_described(coordinator, subject, patient, pause)
    send_lesions(coordinator, subject, patient)
    release_to_readers(people.manager, subject)
    for reader in people.readers:
        read_centrally(reader, subject)
    fill_forms(coordinator, people.manager, subject, patient)
    return outcome_of(coordinator, people.statistician, subject)


def main() -> None:
    """Do it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8042")
    parser.add_argument("--password", default="casebook-demo", help="of all accounts")
    parser.add_argument("--coordinator", default="coordinator", help="login of the site's coordinator")
    parser.add_argument("--manager", default="manager", help="login of a data manager")
    parser.add_argument("--readers", nargs=2, default=["reader", "reader2"], help="logins of the two central readers")
    parser.add_argument("--statistician", default="statistician", help="login of the statistician")
    parser.add_argument("--site", default="BE-02", help="the coordinator's site")
    parser.add_argument("--folder", type=Path, default=SAMPLE, help="a sample patient: folders baseline, preoperative")
    arguments = parser.parse_args()
    with ExitStack() as stack:

        def signed_in(login: str) -> Person:
            client = stack.enter_context(httpx.Client(base_url=arguments.url, timeout=120))
            return Person(client, login, arguments.password)

        people = People(
            signed_in(arguments.manager),
            signed_in(arguments.coordinator),
            [signed_in(login) for login in arguments.readers],
            signed_in(arguments.statistician),
        )
        patient = new_patient(arguments.folder)
        outcome = whole_course(people, patient, site=arguments.site, pause=lambda: time.sleep(1))
    print(f"{outcome.subject}: the lesion's row in the endpoint")
    for name, value in outcome.row.items():
        print(f"  {name:<24}{value}")
    for line in outcome.estimates:
        interval = "–".join(f"{bound:.3f}" for bound in line["interval"] or ())
        share = "not estimable" if line["share"] is None else f"{line['share']:.3f} ({interval})"
        print(f"{line['label']['en']}: {line['n_nonviable']} of {line['n_evaluable']} non-viable, {share}")


if __name__ == "__main__":
    main()

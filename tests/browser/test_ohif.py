"""OHIF's published build, a client made by others: it lists, opens and scrolls what an account may see, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import Engine, text

from casebook.store.embedded import EmbeddedServer
from services.api.app import create_app
from services.command.demo import PASSWORD
from tests.browser.conftest import serving
from tests.browser.ohif import BUILT, OhifBefore
from tests.conftest import SAMPLE
from tests.conftest import _copied as copied
from tests.conftest import _installation as installation_on

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STACK = "window.cornerstone?.getEnabledElements()[0]?.viewport"
IS_SHOWN = f"() => {STACK}?.getImageIds?.().length > 0 && Boolean({STACK}.getCornerstoneImage?.())"
SAID_OF_STACK = f"""() => ({{
  index: {STACK}.getCurrentImageIdIndex(),
  ids: {STACK}.getImageIds(),
  shown: {STACK}.getCornerstoneImage().imageId,
  rows: {STACK}.getCornerstoneImage().rows,
  columns: {STACK}.getCornerstoneImage().columns,
}})"""
"""OHIF leaves its rendering engine at window.cornerstone."""
ROWS = "tbody tr:not(:has(input))"
"""The first row of OHIF's list is its filter."""
NO_TOUR = "localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour']))"


class Ohif:
    """OHIF in a browser, and what Casebook answered it."""

    def __init__(self, page: Page, login: str) -> None:
        self.page = page
        self.answers: list[Response] = []
        self.troubles: list[str] = []
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.add_init_script(NO_TOUR)
        signed_in = page.request.post("/api/v1/session", data={"login": login, "password": PASSWORD})
        assert signed_in.status == 204

    def _answered(self, response: Response) -> None:
        if "/dicomweb/" in response.url:
            self.answers.append(response)

    def rows(self) -> list[str]:
        """Open the study list and return what its rows say, as many as the search found."""
        with self.page.expect_response(lambda answer: "/dicomweb/studies?" in answer.url) as answer:
            self.page.goto("/")
        n_found = len(answer.value.json())
        self.page.wait_for_function(f"() => document.querySelectorAll('{ROWS}').length === {n_found}")
        return self.page.locator(ROWS).all_inner_texts()

    def open_study(self, study_uid: str) -> None:
        """Open a study and wait for its first image."""
        self.page.goto(f"/viewer?StudyInstanceUIDs={study_uid}")
        self.page.wait_for_function(IS_SHOWN)

    def stack(self) -> dict:
        return self.page.evaluate(SAID_OF_STACK)

    def scroll(self) -> None:
        """Turn the wheel by one image and wait until the next one is shown."""
        index = self.stack()["index"]
        self.page.locator('[data-cy="viewport-pane"]').hover()
        self.page.mouse.wheel(0, 100)
        self.page.wait_for_function(f"() => {STACK}.getCurrentImageIdIndex() === {index + 1}")
        self.page.wait_for_function(
            f"() => {STACK}.getCornerstoneImage().imageId === {STACK}.getImageIds()[{index + 1}]"
        )

    def found(self) -> list[dict]:
        """Return the studies that OHIF's searches for studies find, asked again in the same session."""
        searches = dict.fromkeys(one.url for one in self.answers if "/dicomweb/studies?" in one.url)
        answers = [self.page.request.get(url) for url in searches]
        return [study for one in answers if one.status == 200 for study in one.json()]

    def told(self) -> bytes:
        """Return everything that the addresses OHIF asked for say, asked again in the same session."""
        return b"".join(self.page.request.get(url).body() for url in dict.fromkeys(one.url for one in self.answers))


@pytest.fixture(scope="module")
def ohif_address(sample_dir: Path, server: EmbeddedServer, owner: Engine, worker_id: str) -> Iterator[str]:
    """Serve the sample study with OHIF before it."""
    if not (BUILT / "index.html").exists():
        pytest.skip("OHIF's published build is not here, and was not run against DICOMweb: make ohif")
    name = f"ohif_{worker_id}"
    database = copied(owner, server, name, SAMPLE)
    with serving(OhifBefore(create_app(installation_on(database, sample_dir)))) as address:
        yield address
    database.engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def ohif(chromium: Browser, ohif_address: str) -> Iterator:
    """Return a function that gives OHIF in an account's hands; afterwards it must have met no trouble of ours."""
    opened: list[Ohif] = []

    def new(login: str) -> Ohif:
        context = chromium.new_context(viewport={"width": 1600, "height": 900}, base_url=ohif_address)
        context.set_default_timeout(60_000)
        opened.append(Ohif(context.new_page(), login))
        return opened[-1]

    yield new
    for one in opened:
        one.page.context.close()
        assert one.troubles == []
        assert [answer.url for answer in one.answers if answer.status not in {200, 204, 304}] == []


def exams(truth: dict) -> list[dict]:
    return [exam for patient in truth["patients"] for some in patient["timepoints"].values() for exam in some]


def studies_of(page: Page, number: str) -> list[dict]:
    return page.request.get("/dicomweb/studies", params={"PatientID": number}).json()


def uid_of(study: dict) -> str:
    return study["0020000D"]["Value"][0]


def test_a_data_manager_lists_every_study_of_every_patient(ohif, truth) -> None:
    rows = ohif("manager").rows()
    assert len(rows) == len(exams(truth))
    for patient in truth["patients"]:
        n_exams = sum(map(len, patient["timepoints"].values()))
        assert sum(patient["subject"] in row for row in rows) == n_exams


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_a_data_manager_opens_a_study_and_scrolls_a_stack(ohif, truth, modality) -> None:
    client = ohif("manager")
    patient = truth["patients"][0]
    exam = next(one for one in patient["timepoints"]["baseline"] if one["modality"] == modality)
    study = next(one for one in studies_of(client.page, patient["subject"]) if one["00080061"]["Value"] == [modality])
    client.open_study(uid_of(study))
    thumbnails = client.page.locator('[data-cy="study-browser-thumbnail"]')
    assert thumbnails.count() == len(exam["series"])
    before = client.stack()
    assert before["index"] == 0
    assert (before["rows"], before["columns"]) in {(one["rows"], one["columns"]) for one in exam["series"]}
    assert len(before["ids"]) in {one["n_files"] for one in exam["series"]}
    for _ in before["ids"][1:]:
        client.scroll()
    after = client.stack()
    assert after["index"] == len(before["ids"]) - 1
    asked = {answer.url for answer in client.answers if "/frames/" in answer.url and answer.status == 200}
    assert {one.removeprefix("wadors:") for one in before["ids"]} <= asked


def test_a_blinded_reader_lists_their_cases_by_code_and_opens_only_what_is_open_to_them(ohif, truth) -> None:
    client = ohif("reader")
    mine = client.page.request.get("/api/v1/cases").json()["cases"]
    codes = {case["case_code"] for case in mine}
    rows = client.rows()
    assert rows
    assert all(any(code in row for code in codes) for row in rows)
    own = client.page.request.get("/dicomweb/studies").json()
    client.open_study(uid_of(own[0]))
    client.page.wait_for_function("() => document.querySelectorAll('[data-cy=\"study-browser-thumbnail\"]').length")
    asked_by_patient = [answer for answer in client.answers if "00100020=" in answer.url]
    assert asked_by_patient, "OHIF no longer asks for all studies of the patient"
    assert {uid_of(study) for study in client.found()} == {uid_of(study) for study in own}
    said = client.told()
    for patient in truth["patients"]:
        for secret in (patient["subject"], patient["site"], patient["site_name"]):
            assert secret.encode() not in said
            assert secret not in client.page.content()


def test_a_blinded_reader_gets_nothing_for_an_address_that_a_data_manager_uses(ohif, truth) -> None:
    manager, reader = ohif("manager"), ohif("reader")
    own = {uid_of(study) for study in reader.page.request.get("/dicomweb/studies").json()}
    every = [uid_of(study) for study in manager.page.request.get("/dicomweb/studies").json()]
    closed = next(uid for uid in every if uid not in own)
    reader.page.goto(f"/viewer?StudyInstanceUIDs={closed}")
    reader.page.wait_for_function("() => !location.pathname.startsWith('/viewer')")
    assert reader.found() == []
    assert [answer.url for answer in reader.answers if "/frames/" in answer.url] == []

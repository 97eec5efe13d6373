"""Reports through the API: as data, CSV and PDF; whose rows; what is refused."""

import csv
import io

from casebook.domain.reports import ReportName

ADDRESS = "/api/v1/reports"


def test_every_report_is_given_as_data_csv_and_pdf(browser):
    manager = browser("manager")
    for name in ReportName:
        made = manager.get(f"{ADDRESS}/{name}").json()
        codes = [column["code"] for column in made["columns"]]
        sheet = manager.get(f"{ADDRESS}/{name}", params={"format": "csv"})
        lines = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
        paper = manager.get(f"{ADDRESS}/{name}", params={"format": "pdf", "language": "ja"})
        assert list(lines[0]) == codes == list(made["rows"][0])
        assert len(lines) == len(made["rows"])
        assert sheet.headers["content-disposition"].endswith(f'DREAM-{name}-{made["as_of"]}.csv"')
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF")


def test_the_same_day_and_data_give_the_same_bytes(browser):
    manager = browser("manager")
    for shape in ("json", "csv", "pdf"):
        asked = {"format": shape, "as_of": "2019-06-30", "centre": "JCOG"}
        first, second = (manager.get(f"{ADDRESS}/registrations", params=asked).content for _ in range(2))
        assert first == second
    made = manager.get(f"{ADDRESS}/registrations", params={"as_of": "2019-06-30", "centre": "JCOG"}).json()
    assert (made["as_of"], made["centre"], len(made["rows"])) == ("2019-06-30", "JCOG", 12)


def test_a_site_gets_its_own_rows_and_those_who_read_none_are_refused(browser):
    own = browser("coordinator")
    for name in ReportName:
        assert {row["site"] for row in own.get(f"{ADDRESS}/{name}").json()["rows"]} == {"BE-02"}
    for login in ("reader", "adjudicator", "admin"):
        client = browser(login)
        assert {client.get(f"{ADDRESS}/{name}").status_code for name in ReportName} == {403}


def test_what_is_no_report_day_or_data_centre_is_refused(browser):
    manager = browser("manager")
    for path, asked, status in (
        ("no-such-report", {}, 404),
        ("ethics", {"as_of": "2017-02-30"}, 422),
        ("ethics", {"as_of": "2999-01-01"}, 422),
        ("ethics", {"centre": "NOBODY"}, 404),
        ("ethics", {"study": "OTHER"}, 404),
        ("ethics", {"format": "xls"}, 422),
    ):
        assert manager.get(f"{ADDRESS}/{path}", params=asked).status_code == status

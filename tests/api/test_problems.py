"""Every failure is a problem detail, and none tells more than it should."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError

from services.api.routes import cases
from services.api.security import HEADERS
from services.command.demo import PASSWORD
from tests.api.routes import unconnected

NOBODY = "00000000-0000-0000-0000-000000000000"
SECRET = "Yamamoto^Kazuo 00412877"
MEMBERS = {"type", "title", "status", "detail", "code", "errors"}


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    assert SECRET not in answer.text
    assert all(answer.headers[name] == value for name, value in HEADERS.items())
    return body


def a_finding(client):
    """The cell of the first lesion in the open step of a reader's first case."""
    row = next(row for row in client.get("/api/v1/cases").json()["cases"] if row["timepoint"] == "baseline")
    path = f"/api/v1/cases/{row['case_id']}/baseline"
    return f"{path}/findings/{client.get(path).json()['lesions'][0]['id']}/ct"


def test_not_signed_in(browser):
    answer = browser().get("/api/v1/cases")
    assert_problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_role_that_may_not(browser):
    assert_problem(browser("statistician").get("/api/v1/cases"), 403, "forbidden")


def test_a_thing_an_address_and_a_method_that_do_not_exist(browser):
    reader = browser("reader")
    assert_problem(reader.get(f"/api/v1/cases/{NOBODY}/baseline"), 404, "not-found")
    assert_problem(reader.get("/api/v1/nothing-here"), 404, "not-found")
    answer = reader.patch("/api/v1/cases")
    assert_problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


def test_an_act_that_the_present_state_refuses(browser):
    reader = browser("reader2")
    path = a_finding(reader)
    assert_problem(
        reader.post(
            path.partition("/findings/")[0] + "/sign",
            json={"password": PASSWORD, "meaning": "read"},
            headers={"If-Match": '"0"'},
        ),
        409,
        "refused",
    )


def test_a_verdict_in_a_step_that_is_not_open(browser):
    reader = browser("reader2")
    combined = a_finding(reader).removesuffix("/ct") + "/combined"
    answer = reader.put(combined, json={"visibility": "not-visible"}, headers={"If-Match": '"0"'})
    assert "is not open yet" in assert_problem(answer, 409, "reading-step")["detail"]


def test_a_timepoint_whose_turn_has_not_come_is_not_there(browser):
    reader = browser("reader2")
    later = a_finding(reader).partition("/baseline/")[0] + "/preoperative"
    assert_problem(reader.get(later), 404, "not-found")


def test_a_change_of_an_older_version(browser):
    reader = browser("reader2")
    answer = reader.put(a_finding(reader), json={"visibility": "not-visible"}, headers={"If-Match": '"41"'})
    assert_problem(answer, 412, "stale")


def test_a_malformed_body_names_its_fields_and_repeats_no_value(browser):
    reader = browser("reader")
    answer = reader.put(a_finding(reader), json={"visibility": SECRET, "stranger": SECRET}, headers={"If-Match": '"0"'})
    body = assert_problem(answer, 422, "invalid")
    assert {item["field"] for item in body["errors"]} == {"visibility", "stranger"}


def crash(*_args, **_named):
    raise RuntimeError(f"something about {SECRET}")


def test_a_crash_tells_nothing_of_itself(browser, monkeypatch):
    reader = browser("reader")
    monkeypatch.setattr(cases, "list_cases", crash)
    body = assert_problem(reader.get("/api/v1/cases"), 500, "internal-error")
    assert "RuntimeError" not in json.dumps(body)


def test_a_database_that_does_not_answer_is_a_503(browser, monkeypatch):
    def gone(*_args, **_named):
        raise OperationalError(f"select '{SECRET}'", {}, Exception("server closed the connection"))

    reader = browser("reader")
    monkeypatch.setattr(cases, "list_cases", gone)
    assert_problem(reader.get("/api/v1/cases"), 503, "unavailable")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"visibility": "visible", "diameter_mm": NaN}',
        b'{"visibility": "visible", "window_center": Infinity}',
        b'{"visibility": "visible", "position_mm": [1e999, 0, 0]}',
        b'{"visibility": "visible", "diameter_mm": ' + b"9" * 10_000 + b"}",
        b'{"visibility": "visible", "comment": "\\ud800"}',
        b'{"visibility": "visible", "comment": "\\u0000"}',
        b'{"visibility": "visible"',
        b"\xff\xfe\x00",
        b"",
        b"null",
    ],
    ids=[
        "a list 100 000 deep",
        "an object 100 000 deep",
        "NaN",
        "Infinity",
        "an overflowing number",
        "a number of 10 000 digits",
        "half a surrogate pair",
        "a null character",
        "cut short",
        "not UTF-8",
        "nothing",
        "null",
    ],
)
def test_hostile_json_is_refused_and_never_breaks_the_service(browser, body):
    reader = browser("reader2")
    answer = reader.put(
        a_finding(reader), content=body, headers={"If-Match": '"0"', "Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert reader.get("/api/v1/health").status_code == 200


def test_a_value_that_cannot_be_stored_is_refused_without_being_logged(browser, caplog):
    reader = browser("reader2")
    comment = {"visibility": "visible", "comment": f"{SECRET}\0"}
    answer = reader.put(a_finding(reader), json=comment, headers={"If-Match": '"0"'})
    assert "null character" in assert_problem(answer, 422, "invalid")["detail"]
    bad_reason = {"If-Match": '"0"', "X-Change-Reason": f"{SECRET}\0".encode()}
    assert_problem(reader.put(a_finding(reader), json={"visibility": "visible"}, headers=bad_reason), 422, "invalid")
    assert "a value cannot be stored" in caplog.text
    assert SECRET not in caplog.text


def test_the_error_of_a_statement_hides_its_parameters(session):
    with pytest.raises(DataError) as failure:
        session.execute(text("select cast(:value as integer)"), {"value": SECRET})
    assert "hide_parameters" in str(failure.value)


def test_a_null_character_in_an_address_finds_nothing_and_breaks_nothing(browser):
    answer = browser("manager").get(f"/api/v1/cases/{NOBODY}/base%00line")
    assert_problem(answer, 422, "invalid")


def test_a_method_that_an_address_does_not_know_is_told_all_that_it_knows(browser):
    answer = browser("manager").request("OPTIONS", "/api/v1/session")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST, DELETE"


@pytest.mark.parametrize("instead", [True, "8.6x", [], {}])
def test_a_truth_value_or_text_is_not_taken_for_a_number(browser, instead):
    reader = browser("reader2")
    body = {"visibility": "visible", "window_center": instead}
    problem = assert_problem(reader.put(a_finding(reader), json=body, headers={"If-Match": '"0"'}), 422, "invalid")
    assert [item["field"] for item in problem["errors"]] == ["window_center"]


@pytest.mark.parametrize("length", ["-1", "99999999999999999999999999", "ten", "1e3", "٣"])
@pytest.mark.parametrize("path", ["/api/v1/session", "/dicomweb/studies?subject=BE-02-0001&timepoint=baseline"])
def test_an_absurd_content_length_is_refused(browser, path, length):
    answer = browser("manager").post(
        path, content=b"{}", headers={"Content-Length": length.encode(), "Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("token", ["", "x" * 100_000, "cb_\u00e9", "cb_" + "\x7f"])
def test_a_strange_bearer_token_is_no_token(browser, token):
    answer = browser().get("/api/v1/cases", headers={"Authorization": f"Bearer {token}".encode()})
    assert_problem(answer, 401, "not-authenticated")


def test_the_description_of_the_api_declares_problems_in_place_of_the_frameworks_own():
    described = unconnected().openapi()
    assert "HTTPValidationError" not in json.dumps(described)
    operations = [
        operation
        for path, item in described["paths"].items()
        for operation in item.values()
        if not path.startswith("/dicomweb")
    ]
    assert operations
    for operation in operations:
        schema = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}, operation["operationId"]

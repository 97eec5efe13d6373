"""Bringing in tables through the API: dry run, taking, refusals, templates, and who may."""

NUMBER = "BE-02-0001"
LABORATORY = f"subject,cea_ng_per_ml,ras\n{NUMBER},12.5,mutant\n"
WHY = {"X-Change-Reason": "laboratory%20list"}
ADDRESS = "/api/v1/imports"


def send(client, content=LABORATORY, *, form="baseline-disease", dry_run=True, **kwargs):
    return client.post(
        ADDRESS, params={"form": form, "dry_run": dry_run}, content=content.encode(), headers=WHY, **kwargs
    )


def test_a_table_is_judged_taken_and_then_changes_nothing(browser):
    manager = browser("manager")
    seen = send(manager).json()
    assert (seen["applied"], seen["n_changed"], seen["n_refused"]) == (False, 1, 0)
    assert seen["columns"][1] == {"name": "cea_ng_per_ml", "place": None, "field": "cea_ng_per_ml", "ignored": None}
    assert [cell["fate"] for cell in seen["lines"][0]["cells"]] == ["place", "taken", "taken"]
    taken = send(manager, dry_run=False).json()
    assert (taken["applied"], taken["n_changed"]) == (True, 1)
    again = send(manager, dry_run=False).json()
    assert (again["n_changed"], again["n_unchanged"], again["n_cells"]["unchanged"]) == (0, 1, 2)
    subject = next(one for one in manager.get("/api/v1/subjects").json()["subjects"] if one["number"] == NUMBER)
    entries = manager.get(f"/api/v1/subjects/{subject['id']}/forms").json()["entries"]
    assert next(one["data"]["ras"] for one in entries if one["form"] == "baseline-disease") == "mutant"


def test_an_import_with_refusals_is_a_problem_that_names_them(browser):
    answer = send(browser("manager"), LABORATORY.replace("12.5", '"12,5"'), dry_run=False)
    assert answer.status_code == 422
    assert answer.json()["code"] == "import-refused"
    assert answer.json()["errors"][0]["field"] == "line 2, cea_ng_per_ml"


def test_what_is_no_table_is_refused_in_a_sentence(browser):
    manager = browser("manager")
    for content, said in (("", "no lines"), ("a,b\n1,2\n", "“subject” is missing"), ("a,a\n1,2\n", "stand twice")):
        answer = send(manager, content)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert said in answer.json()["detail"]
    large = manager.post(ADDRESS, params={"form": "surgery"}, content=b"a" * (2 * 1024 * 1024 + 1))
    assert large.status_code == 413
    assert send(manager, form="no-such-form").status_code == 404


def test_a_site_brings_in_its_own_patients_only(browser):
    own, elsewhere = browser("coordinator"), LABORATORY.replace(NUMBER, "JP-03-0001")
    assert send(own).json()["n_changed"] == 1
    unknown = LABORATORY.replace(NUMBER, "JP-03-9999")
    theirs, nobodys = (send(own, content).json()["lines"][0]["cells"][0] for content in (elsewhere, unknown))
    assert theirs["said"] == nobodys["said"]
    assert theirs["fate"] == "refused"


def test_those_who_fill_no_forms_bring_nothing_in(browser):
    for login in ("reader", "adjudicator", "monitor", "statistician", "radiologist"):
        assert send(browser(login)).status_code == 403


def test_the_template_of_a_form_names_its_columns(browser):
    manager = browser("manager")
    for language, names in (("en", "Registration number,Timepoint,"), ("ja", "登録番号,時点,")):
        answer = manager.get(f"{ADDRESS}/template", params={"form": "follow-up", "language": language})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.content.decode("utf-8-sig").startswith(names)


def test_nothing_of_a_file_is_repeated_in_the_problem_but_short_and_harmless(browser):
    answer = send(browser("manager"), f"subject,cea_ng_per_ml\n{NUMBER},<script>{'x' * 300}\n", dry_run=False)
    assert len(answer.json()["errors"][0]["message"]) < 200

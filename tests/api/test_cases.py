import pytest

from services.command.demo import PASSWORD

GIVEN = "BE-02-0001"
"""Given to both central readers, who have read nothing of it yet."""
LOCAL = "JP-03-0001"
"""Read at its own site; its baseline list is open, so no central reader has it."""
STEPS = ("ct", "dwi", "t1t2", "eob", "combined")
SEQUENCES = STEPS[:4]
NOBODY = "00000000-0000-0000-0000-000000000000"


def rows_of(client):
    return client.get("/api/v1/cases").json()["cases"]


def first_case(client, code=None, timepoint="baseline"):
    return next(row for row in rows_of(client) if row["timepoint"] == timepoint and code in {None, row["case_code"]})


def path_of(case_id, timepoint="baseline"):
    return f"/api/v1/cases/{case_id}/{timepoint}"


def opened(client, row):
    answer = client.get(path_of(row["case_id"], row["timepoint"]))
    assert answer.status_code == 200, answer.text
    return answer.json()


def again(client, case):
    return opened(client, {"case_id": case["case_id"], "timepoint": case["timepoint"]["code"]})


def at(version):
    return {"If-Match": f'"{version}"'}


def put(client, case, lesion, judged, version, **verdict):
    path = path_of(case["case_id"], case["timepoint"]["code"])
    return client.put(f"{path}/findings/{lesion['id']}/{judged}", json=verdict, headers=at(version))


def fill(client, case, judged, version, **verdict):
    """Give every lesion of a case the same verdict, and return the read's new version."""
    for lesion in case["lesions"]:
        saved = put(client, case, lesion, judged, version, **verdict or {"visibility": "not-visible"})
        assert saved.status_code == 200, saved.text
        version = saved.json()["version"]
    return version


def lock(client, case, step, version):
    path = path_of(case["case_id"], case["timepoint"]["code"])
    return client.post(f"{path}/steps/{step}/lock", headers=at(version))


def fill_and_lock(client, case, step, version):
    answer = lock(client, case, step, fill(client, case, step, version))
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]


def sign(client, case, version, password=PASSWORD):
    path = path_of(case["case_id"], case["timepoint"]["code"])
    return client.post(f"{path}/sign", json={"password": password, "meaning": "I read these"}, headers=at(version))


def fill_all_steps(client, case):
    """Read a case to where only the signature is missing, and return the read's version."""
    version = 0
    for step in STEPS[:-1]:
        version = fill_and_lock(client, case, step, version)
    return fill(client, case, STEPS[-1], version)


def test_a_reader_sees_the_cases_they_were_given_by_reading_code_and_without_site(browser):
    reader, manager = browser("reader"), browser("manager")
    rows = rows_of(reader)
    assert [(row["timepoint"], row["read_state"]) for row in rows] == [
        ("baseline", "not-started"),
        ("preoperative", "waiting"),
    ]
    assert all(row["case_code"].startswith("R-") and row["site_name"] is None for row in rows)
    assert {row["n_cells"] for row in rows} == {4 * len(STEPS)}
    case = opened(reader, rows[0])
    assert case["blinded"]
    assert (case["case_code"], case["site_name"]) == (rows[0]["case_code"], None)
    everybodys = {row["case_code"]: row["case_id"] for row in rows_of(manager)}
    assert set(everybodys) == {GIVEN, LOCAL}
    assert rows[0]["case_id"] not in everybodys.values()
    for told in (reader.get("/api/v1/cases").text, str(case)):
        assert not any(word in told for word in (*everybodys, *everybodys.values()))


def test_a_timepoint_that_waits_tells_nothing_of_its_images(browser):
    reader = browser("reader")
    (waiting,) = (row for row in rows_of(reader) if row["read_state"] == "waiting")
    assert (waiting["day"], waiting["n_series"], waiting["n_cells_done"]) == (None, 0, 0)
    case = opened(reader, first_case(reader))
    assert [item["code"] for item in case["timepoints"]] == ["baseline"]
    assert {series["timepoint"] for series in case["series"]} == {"baseline"}
    assert {item["timepoint"] for lesion in case["lesions"] for item in lesion["locations"]} == {"baseline"}


def test_a_reader_finds_a_case_under_their_own_assignment_only(browser):
    reader, other, manager = browser("reader"), browser("reader2"), browser("manager")
    mine, theirs = first_case(reader)["case_id"], first_case(other)["case_id"]
    assert mine != theirs
    subjects = {row["case_code"]: row["case_id"] for row in rows_of(manager)}
    refused = [
        reader.get(path_of(theirs)),
        reader.get(path_of(subjects[GIVEN])),
        reader.get(path_of(subjects[LOCAL])),
        reader.get(path_of(NOBODY)),
    ]
    assert {answer.status_code for answer in refused} == {404}
    assert len({answer.text for answer in refused}) == 1
    assert reader.get(path_of(mine, "preoperative")).status_code == 404
    assert manager.get(path_of(mine)).status_code == 404


def test_a_sites_people_see_their_own_cases_only(browser):
    rows = browser("coordinator").get("/api/v1/cases").json()["cases"]
    assert {row["case_code"] for row in rows} == {GIVEN}


def test_the_statistician_has_no_worklist(browser):
    assert browser("statistician").get("/api/v1/cases").status_code == 403


def test_anothers_case_and_no_case_are_the_same_answer(browser):
    manager, coordinator = browser("manager"), browser("coordinator")
    other = first_case(manager, LOCAL, "preoperative")
    answers = [
        coordinator.get(path_of(other["case_id"], "preoperative")),
        coordinator.get(path_of(NOBODY, "preoperative")),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_days_count_from_registration_and_not_from_the_shifted_dates(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    assert (case["timepoint"]["day"], first_case(reader)["day"]) == (0, 0)
    assert sign(reader, case, fill_all_steps(reader, case)).status_code == 200
    rows = [first_case(reader, timepoint="preoperative")]
    rows.append(first_case(browser("manager"), LOCAL, "preoperative"))
    for client, row in zip((reader, browser("manager")), rows, strict=True):
        days = {item["code"]: item["day"] for item in opened(client, row)["timepoints"]}
        assert days["baseline"] == 0
        assert 90 <= days["preoperative"] <= 110
        assert row["day"] == days["preoperative"]


def true_places(patient, timepoint, role):
    """Where the truth puts each lesion on the series of a role, and how far apart its slices are."""
    ((series, part),) = [
        (series, part)
        for exam in patient["timepoints"][timepoint]
        for series in exam["series"]
        for part in series["parts"]
        if part["role"] == role
    ]
    return {label: mark["position_mm"] for label, mark in part["lesions"].items()}, series["step_mm"]


@pytest.mark.parametrize("role", ["ct-portal-venous", "eob-hepatobiliary"])
def test_every_lesion_is_placed_on_its_baseline_series_where_the_truth_says(browser, truth, role):
    manager = browser("manager")
    for patient in truth["patients"]:
        case = opened(manager, first_case(manager, patient["subject"], "baseline"))
        (series,) = (item for item in case["series"] if (item["timepoint"], item["role"]) == ("baseline", role))
        expected, step_mm = true_places(patient, "baseline", role)
        assert set(expected) == {lesion["label"] for lesion in case["lesions"]}
        for lesion in case["lesions"]:
            place = next(item for item in lesion["locations"] if item["series_uid"] == series["series_uid"])
            assert place["basis"] == "marked"
            assert place["position_mm"] == pytest.approx(expected[lesion["label"]], abs=step_mm / 2)
            assert abs(place["distance_to_plane_mm"]) <= step_mm / 2 + 0.01


def test_a_place_is_never_carried_between_frames_of_reference_without_a_link(browser):
    case = opened(browser("manager"), first_case(browser("manager"), LOCAL, "preoperative"))
    linked = {(link["from_frame_uid"], link["to_frame_uid"]) for link in case["links"]}
    frame_of = {series["series_uid"]: series["frame_of_reference_uid"] for series in case["series"]}
    marked = {
        frame_of[item["series_uid"]]
        for lesion in case["lesions"]
        for item in lesion["locations"]
        if item["basis"] == "marked"
    }
    for lesion in case["lesions"]:
        for item in lesion["locations"]:
            target = frame_of[item["series_uid"]]
            if item["position_mm"] is not None and target not in marked:
                assert any((source, target) in linked for source in marked)


def b_values_of(case):
    return {
        timepoint: sorted({b for item in case["series"] if item["timepoint"] == timepoint for b in item["b_values"]})
        for timepoint in {item["timepoint"] for item in case["series"]}
    }


def test_diffusion_keeps_every_b_value(browser):
    reader, radiologist = browser("reader"), browser("radiologist")
    case = opened(reader, first_case(reader))
    fill_and_lock(reader, case, "ct", 0)
    assert b_values_of(again(reader, case)) == {"baseline": [0, 50, 400, 800]}
    everything = opened(radiologist, first_case(radiologist, LOCAL, "preoperative"))
    assert b_values_of(everything) == {code: [0, 50, 400, 800] for code in ("baseline", "preoperative")}


def test_the_images_of_a_step_open_when_the_step_before_is_locked(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    version, shown = 0, []
    for step in STEPS[:-1]:
        now = again(reader, case)
        assert [item["state"] for item in now["read"]["steps"]].count("open") == 1
        assert next(item["code"] for item in now["read"]["steps"] if item["state"] == "open") == step
        shown.append({item["sequence"] for item in now["series"]})
        version = fill_and_lock(reader, case, step, version)
    assert shown == [{"ct"}, {"ct", "dwi"}, {"ct", "dwi", "t1t2"}, set(SEQUENCES)]
    states = {item["code"]: item["state"] for item in again(reader, case)["read"]["steps"]}
    assert states == {**dict.fromkeys(SEQUENCES, "locked"), "combined": "open"}


def test_verdicts_belong_to_the_open_step(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    lesion = case["lesions"][0]
    for later in STEPS[1:]:
        early = put(reader, case, lesion, later, 0, visibility="visible")
        assert (early.status_code, early.json()["code"]) == (409, "reading-step")
        assert lock(reader, case, later, 0).status_code == 409
    version = fill_and_lock(reader, case, "ct", 0)
    late = put(reader, case, lesion, "ct", version, visibility="visible", diameter_mm="8.6")
    assert (late.status_code, late.json()["code"]) == (409, "reading-step")
    path = f"{path_of(case['case_id'])}/findings/{lesion['id']}/ct"
    assert reader.delete(path, headers=at(version)).status_code == 409
    kept = again(reader, case)["read"]
    assert kept["version"] == version
    assert {(item["sequence"], item["visibility"]) for item in kept["findings"]} == {("ct", "not-visible")}


def test_a_step_with_an_empty_cell_stays_open_and_the_cells_are_named(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    first, second, *others = case["lesions"]
    put(reader, case, first, "ct", 0, visibility="not-visible")
    put(reader, case, second, "ct", 1, visibility="visible")
    answer = lock(reader, case, "ct", 2)
    assert (answer.status_code, answer.json()["code"]) == (409, "reading-step")
    detail = answer.json()["detail"]
    assert f"{first['label']} on CT" not in detail
    assert f"{second['label']} on CT has no diameter" in detail
    assert all(f"{lesion['label']} on CT has no verdict" in detail for lesion in others)
    states = [item["state"] for item in again(reader, case)["read"]["steps"]]
    assert states == ["open", *["closed"] * 4]


def test_a_verdict_is_saved_and_read_back_with_its_image(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    saved = put(
        reader,
        case,
        case["lesions"][0],
        "ct",
        0,
        visibility="visible",
        diameter_mm="8.6",
        confidence=4,
        frame=3,
        measurement_mm=[[1.25, 2.5, 3.0], [4.0, 5.0, 6.0]],
        window_center=40,
    )
    assert saved.status_code == 200, saved.text
    read = again(reader, case)["read"]
    assert (read["state"], read["version"]) == ("draft", 1)
    (finding,) = read["findings"]
    assert (finding["diameter_mm"], finding["frame"], finding["window_center"]) == ("8.6", 3, 40)
    assert finding["measurement_mm"] == [[1.25, 2.5, 3.0], [4.0, 5.0, 6.0]]


def test_an_older_version_is_refused_and_nothing_is_lost(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    lesion = case["lesions"][0]
    assert put(reader, case, lesion, "ct", 0, visibility="visible").status_code == 200
    assert put(reader, case, lesion, "ct", 0, visibility="not-visible").status_code == 412
    kept = again(reader, case)["read"]["findings"]
    assert [item["visibility"] for item in kept] == ["visible"]


@pytest.mark.parametrize(
    "verdict",
    [
        {"visibility": "visible", "diameter_mm": -1},
        {"visibility": "visible", "diameter_mm": 0},
        {"visibility": "visible", "diameter_mm": 1e6},
        {"visibility": "visible", "diameter_mm": "12,5"},
        {"visibility": "visible", "diameter_mm": "NaN"},
        {"visibility": "not-visible", "diameter_mm": 5},
        {"visibility": "visible", "not_evaluable_reason": "motion"},
        {"visibility": "not-evaluable", "not_evaluable_reason": "bad mood"},
        {"visibility": "perhaps"},
        {"visibility": "visible", "confidence": 6},
        {"visibility": "visible", "reading_id": "1"},
        {"visibility": "visible", "series_uid": "../../etc"},
    ],
)
def test_a_verdict_that_cannot_be_is_refused(browser, verdict):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    assert put(reader, case, case["lesions"][0], "ct", 0, **verdict).status_code == 422


def test_an_incomplete_read_cannot_be_signed_and_the_cells_are_named(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    answer = sign(reader, case, 0)
    assert answer.status_code == 409
    assert "L1 on CT has no verdict" in answer.json()["detail"]
    version = fill_and_lock(reader, case, "ct", 0)
    for step in SEQUENCES[1:]:
        version = fill_and_lock(reader, case, step, version)
    answer = sign(reader, case, version)
    assert answer.status_code == 409
    assert " on CT " not in answer.json()["detail"]
    assert "L1 on all together has no verdict" in answer.json()["detail"]
    assert again(reader, case)["read"]["state"] == "draft"


def test_a_complete_read_is_signed_with_the_password_and_then_locked(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    version = fill_all_steps(reader, case)
    assert first_case(reader)["n_cells_done"] == first_case(reader)["n_cells"]
    assert sign(reader, case, version, password="wrong").status_code == 401
    assert again(reader, case)["read"]["state"] == "draft"
    signed = sign(reader, case, version)
    assert signed.status_code == 200, signed.text
    assert signed.json()["state"] == "signed"
    assert {item["state"] for item in signed.json()["steps"]} == {"locked"}
    for judged in STEPS:
        after = put(reader, case, case["lesions"][0], judged, version + 1, visibility="not-visible")
        assert after.status_code == 409
    assert sign(reader, case, version + 1).status_code == 409
    states = {row["timepoint"]: row["read_state"] for row in rows_of(reader)}
    assert states == {"baseline": "signed", "preoperative": "not-started"}


def test_the_read_of_a_site_has_the_four_sequences_and_no_steps(browser):
    radiologist = browser("radiologist")
    case = opened(radiologist, first_case(radiologist))
    assert (case["case_code"], case["blinded"]) == (LOCAL, False)
    assert [(step["judges"], step["state"]) for step in case["read"]["steps"]] == [(one, "open") for one in SEQUENCES]
    combined = put(radiologist, case, case["lesions"][0], "combined", 0, visibility="not-visible")
    assert combined.status_code == 404
    assert lock(radiologist, case, "ct", 0).status_code == 409
    version = 0
    for sequence in reversed(SEQUENCES):
        incomplete = sign(radiologist, case, version)
        assert incomplete.status_code == 409
        assert "L1 on CT has no verdict" in incomplete.json()["detail"]
        version = fill(radiologist, case, sequence, version)
    assert sign(radiologist, case, version, password="wrong").status_code == 401
    signed = sign(radiologist, case, version)
    assert signed.status_code == 200, signed.text
    assert signed.json()["state"] == "signed"
    after = put(radiologist, case, case["lesions"][0], "ct", version + 1, visibility="not-visible")
    assert after.status_code == 409


def test_a_data_manager_does_not_read(browser):
    manager = browser("manager")
    case = opened(manager, first_case(manager))
    assert case["read"] is None
    assert put(manager, case, case["lesions"][0], "ct", 0, visibility="visible").status_code == 403


def test_one_reader_never_sees_anothers_findings(browser):
    first, second = browser("reader"), browser("reader2")
    case = opened(first, first_case(first))
    saved = put(first, case, case["lesions"][0], "ct", 0, visibility="visible", comment="only mine")
    assert saved.status_code == 200, saved.text
    assert "only mine" in str(again(first, case))
    other = opened(second, first_case(second))
    assert [lesion["id"] for lesion in other["lesions"]] == [lesion["id"] for lesion in case["lesions"]]
    assert "only mine" not in str(other)
    assert (other["read"]["state"], other["read"]["version"], other["read"]["findings"]) == ("not-started", 0, [])
    assert first_case(second)["n_cells_done"] == 0
    assert put(second, case, case["lesions"][0], "ct", 1, visibility="not-visible").status_code == 404
    assert again(first, case)["read"]["findings"][0]["visibility"] == "visible"


def test_every_reason_that_a_reader_is_offered_is_accepted(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    offered = [choice["code"] for choice in case["not_evaluable_reasons"]]
    assert "motion" in offered
    for version, reason in enumerate(offered):
        answer = put(
            reader,
            case,
            case["lesions"][0],
            "ct",
            version,
            visibility="not-evaluable",
            not_evaluable_reason=reason,
        )
        assert answer.status_code == 200, reason

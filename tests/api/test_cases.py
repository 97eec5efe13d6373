import pytest


def first_case(client, code=None, timepoint="preoperative"):
    rows = client.get("/api/v1/cases").json()["cases"]
    return next(row for row in rows if row["timepoint"] == timepoint and code in {None, row["case_code"]})


def opened(client, row):
    answer = client.get(f"/api/v1/cases/{row['subject_id']}/{row['timepoint']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_reader_sees_every_case_by_reading_code_and_without_site(browser):
    rows = browser("reader").get("/api/v1/cases").json()["cases"]
    assert len(rows) == 4
    assert all(row["case_code"].startswith("R-") and row["site_name"] is None for row in rows)


def test_a_sites_people_see_their_own_cases_only(browser):
    rows = browser("coordinator").get("/api/v1/cases").json()["cases"]
    assert {row["case_code"] for row in rows} == {"BE-02-0001"}


def test_the_statistician_has_no_worklist(browser):
    assert browser("statistician").get("/api/v1/cases").status_code == 403


def test_anothers_case_and_no_case_are_the_same_answer(browser):
    manager, coordinator = browser("manager"), browser("coordinator")
    other = first_case(manager, "JP-03-0001")
    answers = [
        coordinator.get(f"/api/v1/cases/{other['subject_id']}/preoperative"),
        coordinator.get("/api/v1/cases/00000000-0000-0000-0000-000000000000/preoperative"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_days_count_from_registration_and_not_from_the_shifted_dates(browser):
    case = opened(browser("reader"), first_case(browser("reader")))
    days = {item["code"]: item["day"] for item in case["timepoints"]}
    assert days["baseline"] == 0
    assert 90 <= days["preoperative"] <= 110


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
    case = opened(browser("manager"), first_case(browser("manager"), "JP-03-0001"))
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


def test_diffusion_keeps_every_b_value(browser):
    case = opened(browser("reader"), first_case(browser("reader")))
    shown = sorted({b for series in case["series"] if series["role"] == "dwi" for b in series["b_values"]})
    assert shown == [0, 50, 400, 800]


def put(client, case, lesion, sequence, version, **verdict):
    return client.put(
        f"/api/v1/cases/{case['subject_id']}/{case['timepoint']['code']}/findings/{lesion['id']}/{sequence}",
        json=verdict,
        headers={"If-Match": f'"{version}"'},
    )


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
    again = opened(reader, {"subject_id": case["subject_id"], "timepoint": case["timepoint"]["code"]})["read"]
    assert again["state"] == "draft"
    assert again["version"] == 1
    (finding,) = again["findings"]
    assert finding["diameter_mm"] == "8.6"
    assert finding["measurement_mm"] == [[1.25, 2.5, 3.0], [4.0, 5.0, 6.0]]


def test_an_older_version_is_refused_and_nothing_is_lost(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    lesion = case["lesions"][0]
    assert put(reader, case, lesion, "ct", 0, visibility="visible").status_code == 200
    assert put(reader, case, lesion, "ct", 0, visibility="not-visible").status_code == 412
    kept = opened(reader, {"subject_id": case["subject_id"], "timepoint": "preoperative"})["read"]["findings"]
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
    path = f"/api/v1/cases/{case['subject_id']}/preoperative/sign"
    answer = reader.post(path, json={"password": "x", "meaning": "read"}, headers={"If-Match": '"0"'})
    assert answer.status_code == 409
    assert "L1 on CT has no verdict" in answer.json()["detail"]


def test_a_complete_read_is_signed_with_the_password_and_then_locked(browser):
    reader = browser("reader")
    case = opened(reader, first_case(reader))
    version = 0
    for lesion in case["lesions"]:
        for sequence in ("ct", "dwi", "t1t2", "eob"):
            version = put(reader, case, lesion, sequence, version, visibility="not-visible").json()["version"]
    path = f"/api/v1/cases/{case['subject_id']}/preoperative/sign"
    wrong = reader.post(path, json={"password": "wrong", "meaning": "read"}, headers={"If-Match": f'"{version}"'})
    assert wrong.status_code == 401
    signed = reader.post(
        path, json={"password": "casebook-demo", "meaning": "I read these"}, headers={"If-Match": f'"{version}"'}
    )
    assert signed.status_code == 200, signed.text
    assert signed.json()["state"] == "signed"
    after = put(reader, case, case["lesions"][0], "ct", version + 1, visibility="visible")
    assert after.status_code == 409


def test_a_data_manager_does_not_read(browser):
    manager = browser("manager")
    case = opened(manager, first_case(manager))
    assert case["read"] is None
    assert put(manager, case, case["lesions"][0], "ct", 0, visibility="visible").status_code == 403


def test_one_reader_never_sees_anothers_findings(browser):
    first, second = browser("reader"), browser("reader2")
    case = opened(first, first_case(first))
    put(first, case, case["lesions"][0], "ct", 0, visibility="visible", comment="only mine")
    other = opened(second, {"subject_id": case["subject_id"], "timepoint": "preoperative"})
    assert "only mine" not in str(other)


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
            "dwi",
            version,
            visibility="not-evaluable",
            not_evaluable_reason=reason,
        )
        assert answer.status_code == 200, reason

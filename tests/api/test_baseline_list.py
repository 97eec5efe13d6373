"""The baseline lesion list by API: listed, changed, left out, agreed and locked, opened again."""

import pytest
from sqlalchemy import text

from tests.api.adjudicating import differ
from tests.api.lesion_calls import if_match, lesion, lock, path, the_list

READ_LOCALLY, READ_CENTRALLY = "JP-03-0001", "BE-02-0001"


@pytest.fixture
def manager(browser):
    return browser("manager")


@pytest.fixture
def at(manager):
    return path(manager, READ_LOCALLY)


def trail(installation, table):
    with installation.database.session() as session:
        query = text("select actor, reason, old, new from audit_event where table_name = :table order by id")
        return session.execute(query, {"table": table}).all()


def test_the_list_tells_of_each_lesion_where_it_is_and_what_it_goes_back_to(manager, at):
    found = the_list(manager, at)
    assert [item["label"] for item in found["lesions"]] == ["L1", "L2", "L3", "L4", "L5"]
    first = found["lesions"][0]
    assert (first["origin"], first["state"], first["ancestors"]) == ("baseline", "active", ["L1"])
    assert first["left_out"] is None
    mark = first["marks"][0]
    assert mark["timepoint"] == "baseline"
    assert len(mark["position_mm"]) == 3
    assert mark["frame_of_reference_uid"]
    assert found["gaps"] == []
    assert found["locked_at"] is None


def test_a_lesion_is_listed_without_images_and_gets_the_next_label(manager, at):
    answer = manager.post(f"{at}/lesions", json={"segment": "IVa", "diameters_mm": {"ct": "9.5", "dwi": "8.0"}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["label"] == "L6"
    assert answer.json()["diameters_mm"] == {"ct": "9.5", "dwi": "8.0"}
    said = [(gap["label"], gap["what"]["en"]) for gap in the_list(manager, at)["gaps"]]
    assert said == [("L6", "has no baseline diameter, and none on T1T2, EOB")]


def test_a_position_is_typed_in_the_frame_of_reference_of_an_archived_series(manager, at):
    known = lesion(manager, at, "L1")["marks"][0]
    place = {"series_uid": known["series_uid"], "position_mm": [1.5, -2, 30]}
    added = manager.post(f"{at}/lesions", json={"segment": "V", "diameter_mm": "7", "place": place}).json()
    (mark,) = added["marks"]
    assert mark["position_mm"] == [1.5, -2.0, 30.0]
    assert (mark["frame_of_reference_uid"], mark["source"]) == (known["frame_of_reference_uid"], "typed")
    elsewhere = {"series_uid": "2.25.99", "position_mm": [0, 0, 0]}
    refused = manager.post(f"{at}/lesions", json={"segment": "V", "place": elsewhere})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "series_uid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"segment": "IX"}, "segment"),
        ({"segment": "V", "diameter_mm": "0"}, "diameter_mm"),
        ({"segment": "V", "diameter_mm": "501"}, "diameter_mm"),
        ({"segment": "V", "diameter_mm": "NaN"}, "diameter_mm"),
        ({"segment": "V", "diameters_mm": {"pet": "9"}}, "diameters_mm"),
        ({"segment": "V", "place": {"series_uid": "2.25.1", "position_mm": [1e9, 0, 0]}}, "place.position_mm"),
        ({"segment": "V", "label": "lesion one"}, "label"),
        ({"diameter_mm": "9"}, "segment"),
    ],
)
def test_bad_input_is_said_beside_its_field(manager, at, body, field):
    answer = manager.post(f"{at}/lesions", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_no_label_is_given_twice_not_even_that_of_a_lesion_entered_in_error(manager, at):
    version = lesion(manager, at, "L5")["version"]
    lesion_id = lesion(manager, at, "L5")["id"]
    left = manager.post(f"{at}/lesions/{lesion_id}/void", json={"reason": "a cyst"}, headers=if_match(version))
    assert (left.json()["state"], left.json()["note"]) == ("void", "a cyst")
    assert left.json()["left_out"]["en"] == "entered in error"
    again = manager.post(f"{at}/lesions", json={"segment": "V", "label": "L5"})
    assert again.status_code == 409
    assert manager.post(f"{at}/lesions", json={"segment": "V"}).json()["label"] == "L6"
    twice = manager.post(f"{at}/lesions/{lesion_id}/void", json={"reason": "a cyst"}, headers=if_match(version + 1))
    assert twice.status_code == 409


def test_a_saved_value_changes_with_a_reason_only_and_a_first_entry_without(manager, at, sample):
    found = lesion(manager, at, "L1")
    body = {"segment": found["segment"], "diameter_mm": found["diameter_mm"], "diameters_mm": {"ct": "17.0"}}
    first = manager.put(f"{at}/lesions/{found['id']}", json=body, headers=if_match(found["version"]))
    assert first.status_code == 200, first.text
    changed = body | {"segment": "I"}
    headers = if_match(first.json()["version"])
    silent = manager.put(f"{at}/lesions/{found['id']}", json=changed, headers=headers)
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (409, "change_reason")
    said = manager.put(
        f"{at}/lesions/{found['id']}", json=changed, headers=headers | {"X-Change-Reason": "%E8%AA%A4%E8%A8%98"}
    )
    assert (said.status_code, said.json()["segment"]) == (200, "I")
    actor, reason, old, new = trail(sample, "lesion")[-1]
    assert (actor, reason, old["segment"], new["segment"]) == ("manager", "誤記", found["segment"], "I")


def test_a_change_of_an_older_version_is_stale(manager, at):
    found = lesion(manager, at, "L2")
    answer = manager.put(f"{at}/lesions/{found['id']}", json={"segment": "V"}, headers=if_match(99))
    assert answer.status_code == 412
    assert manager.put(f"{at}/lesions/{found['id']}", json={"segment": "V"}).status_code == 422


def test_a_lesion_of_another_subject_is_not_found_under_this_one(manager, at):
    other = the_list(manager, path(manager, READ_CENTRALLY))["lesions"][0]
    answer = manager.put(f"{at}/lesions/{other['id']}", json={"segment": "V"}, headers=if_match(1))
    assert answer.status_code == 404


def test_a_list_with_gaps_is_not_locked_and_says_what_is_missing(manager, at):
    manager.post(f"{at}/lesions", json={"segment": "II"})
    refused = lock(manager, at)
    assert (refused.status_code, refused.json()["code"]) == (409, "baseline-list-not-complete")
    assert "L6 has no diameter" in refused.json()["detail"]


def test_the_list_is_locked_with_the_password_and_signed_as_agreed(browser, at):
    radiologist = browser("radiologist")
    wrong = lock(radiologist, at, password="not mine")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-password")
    assert lock(radiologist, at, version=99).status_code == 412
    locked = lock(radiologist, at)
    assert locked.status_code == 200, locked.text
    agreement = locked.json()["agreement"]
    assert agreement["signer_name"] == "渡辺 誠"
    assert agreement["meaning"] == "baseline lesion list agreed"
    assert agreement["holds"] is True
    assert lock(radiologist, at).status_code == 409


def test_a_locked_list_takes_no_change(manager, at):
    found = lesion(manager, at, "L1")
    assert lock(manager, at).status_code == 200
    place = {"label": "L9", "segment": "V", "series_uid": found["marks"][0]["series_uid"], "position_mm": [0, 0, 0]}
    answers = [
        manager.post(f"{at}/lesions", json={"segment": "V"}),
        manager.put(f"{at}/lesions/{found['id']}", json={"segment": "V"}, headers=if_match(found["version"])),
        manager.post(f"{at}/lesions/{found['id']}/void", json={"reason": "x"}, headers=if_match(found["version"])),
        manager.post(f"{at}/timepoints/baseline/lesions", json=place),
        manager.post(
            f"/api/v1/subjects/{READ_LOCALLY}/lesion-list",
            content="lesion,segment,x_mm,y_mm,z_mm,series_uid\nL9,V,0,0,0,1.2.3\n",
        ),
    ]
    assert [answer.status_code for answer in answers] == [409] * 5


def test_only_the_data_centre_opens_the_list_again_and_its_signature_ends(browser, manager, at):
    lock(manager, at)
    body, headers = {"reason": "a lesion was missed"}, if_match(the_list(manager, at)["version"])
    assert browser("radiologist").post(f"{at}/baseline-list/unlock", json=body, headers=headers).status_code == 403
    opened = manager.post(f"{at}/baseline-list/unlock", json=body, headers=headers)
    assert opened.status_code == 200, opened.text
    assert opened.json()["locked_at"] is None
    agreement = opened.json()["agreement"]
    assert agreement["holds"] is False
    assert agreement["invalidated_because"] == "a lesion was missed"
    assert manager.post(f"{at}/lesions", json={"segment": "V"}).status_code == 201


def test_a_list_of_which_a_central_read_is_signed_stays_locked(manager, sample):
    at = path(manager, READ_CENTRALLY)
    differ(sample)
    headers = if_match(the_list(manager, at)["version"])
    refused = manager.post(f"{at}/baseline-list/unlock", json={"reason": "a change"}, headers=headers)
    assert refused.status_code == 409
    assert "central read" in refused.json()["detail"]
    assert the_list(manager, at)["is_read"] is True


def test_a_list_by_file_adds_but_does_not_change_what_is_saved(manager, at):
    found = lesion(manager, at, "L1")
    other = next(segment for segment in ("I", "II") if segment != found["segment"])
    text_ = f"lesion,segment,x_mm,y_mm,z_mm,series_uid\nL1,{other},0,0,0,1.2.3\n"
    answer = manager.post(f"/api/v1/subjects/{READ_LOCALLY}/lesion-list", content=text_)
    assert answer.status_code == 422
    assert lesion(manager, at, "L1")["segment"] == found["segment"]

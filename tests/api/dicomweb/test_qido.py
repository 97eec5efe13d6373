import pytest

OHIF_STUDIES = "/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030"


def values(rows, tag):
    return [row[tag].get("Value", [None])[0] for row in rows]


def a_study(client, patient="JP-03-0001"):
    return client.get("/studies", params={"PatientID": patient}).json()[0]["0020000D"]["Value"][0]


def test_ohif_lists_the_studies(client):
    answer = client.get(OHIF_STUDIES)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/dicom+json"
    assert sorted(row["00100020"]["Value"][0] for row in answer.json()) == ["FR-01-0001", "JP-03-0001"]
    for row in answer.json():
        assert list(row) == sorted(row)
        assert row["00080061"]["Value"] == ["CT", "MR"]
        assert (row["00201206"]["Value"], row["00201208"]["Value"]) == ([3], [6])
        assert row["00081190"]["Value"][0].startswith(str(client.base_url))


def test_ohif_opens_a_study_and_looks_for_the_patient_s_others(client):
    study = a_study(client)
    assert len(client.get(OHIF_STUDIES + f"&StudyInstanceUID={study}").json()) == 1
    assert len(client.get(OHIF_STUDIES + "&00100020=JP-03-0001").json()) == 1
    found = client.get(f"/studies/{study}/series?includefield=00080021%2C00080031%2C0008103E%2C00200011").json()
    assert values(found, "00200011") == [1, 2, 3]
    assert values(found, "0008103E") == ["CT portal venous", "CT delayed", "DWI b 0 800"]
    assert all(value for value in values(found, "00080021"))
    assert values(found, "00201209") == [3, 2, 1]


def test_instances_of_a_series_come_in_order_with_what_a_viewer_needs(client):
    study = a_study(client)
    series = client.get(f"/studies/{study}/series").json()[0]["0020000E"]["Value"][0]
    found = client.get(f"/studies/{study}/series/{series}/instances").json()
    assert values(found, "00200013") == [1, 2, 3]
    assert found[0]["00280010"]["Value"] == [32]
    assert found[0]["00081190"]["Value"][0].endswith(found[0]["00080018"]["Value"][0])
    assert "00100020" not in found[0]


def test_instances_outside_a_named_study_carry_the_study_s_attributes(client):
    study = a_study(client)
    found = client.get("/instances", params={"StudyInstanceUID": study}).json()
    assert len(found) == 6
    assert {row["00100020"]["Value"][0] for row in found} == {"JP-03-0001"}
    assert {row["00080060"]["Value"][0] for row in found} == {"CT", "MR"}
    assert len(client.get(f"/studies/{study}/instances").json()) == 6


def test_asking_for_all_gives_what_the_object_carries(client):
    study = a_study(client)
    row = client.get(f"/studies/{study}/instances?includefield=all&limit=1").json()[0]
    assert row["00280030"]["Value"] == [0.75, 0.75]
    assert row["0008103E"]["Value"] == ["CT portal venous"]
    study_row = client.get(f"/studies?StudyInstanceUID={study}&includefield=all").json()[0]
    assert study_row["00100040"]["Value"] == ["M"]
    assert study_row["00100020"]["Value"] == ["JP-03-0001"]
    series_row = client.get(f"/studies/{study}/series?includefield=FrameOfReferenceUID").json()[0]
    assert series_row["00200052"]["Value"][0].startswith("2.25.")


@pytest.mark.parametrize(
    ("parameters", "n_found"),
    [
        ({"PatientID": "JP-03-*"}, 1),
        ({"PatientID": "??-0?-0001"}, 2),
        ({"PatientName": "jp-03-0001"}, 1),
        ({"PatientName": "%"}, 0),
        ({"PatientName": "JP_03_0001"}, 0),
        ({"PatientName": "*%*"}, 0),
        ({"PatientName": "'; drop table subject; --"}, 0),
        ({"ModalitiesInStudy": "MR"}, 2),
        ({"Modality": "PT"}, 0),
        ({"ModalitiesInStudy": "PT\\MR"}, 2),
        ({"SeriesDescription": "DWI*"}, 2),
        ({"StudyDate": "19000101-20991231"}, 2),
        ({"StudyDate": "20991231-"}, 0),
        ({"StudyDate": "-19000101"}, 0),
        ({"ReferringPhysicianName": "*"}, 2),
        ({"ReferringPhysicianName": "Suzuki*"}, 0),
        ({"NumberOfFrames": "3"}, 2),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, 2),
        ({"SeriesNumber": "99999999999"}, 0),
        ({"limit": "1"}, 1),
        ({"limit": "1", "offset": "1"}, 1),
        ({"offset": "2147483648"}, 0),
        ({"limit": "0"}, 0),
    ],
)
def test_studies_are_matched(client, parameters, n_found):
    answer = client.get("/studies", params=parameters)
    if n_found:
        assert len(answer.json()) == n_found
    else:
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_list_of_uids_matches_each(client):
    rows = client.get("/studies").json()
    uids = ",".join(values(rows, "0020000D"))
    assert len(client.get("/studies", params={"StudyInstanceUID": uids}).json()) == 2
    assert len(client.get("/series", params={"StudyInstanceUID": uids, "Modality": "MR"}).json()) == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=abc",
        "offset=-5",
        "StudyDate=20170230",
        "Nonsense=1",
        "StudyInstanceUID=../..",
        "PatientID=%00",
        "includefield=%00",
        "fuzzymatching=perhaps",
        "SeriesNumber=NaN",
    ],
)
@pytest.mark.parametrize("path", ["/studies", "/series", "/instances"])
def test_bad_parameters_are_400_with_a_reason(client, path, query):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_malformed_uids_in_the_address_are_400(client):
    for uid in ("abc", "1" * 65, "1.2%00", "%27"):
        assert client.get(f"/studies/{uid}/series").status_code == 400


def test_fuzzy_matching_is_declined_with_a_warning(client):
    answer = client.get("/studies?fuzzymatching=true&PatientName=jp-03-0001")
    assert answer.status_code == 200
    assert answer.headers["warning"].startswith("299 ")


@pytest.mark.parametrize("accept", ["application/dicom+xml", "text/html", "garbage", "///"])
def test_results_are_json_or_nothing(client, accept):
    assert client.get("/studies", headers={"Accept": accept}).status_code == 406


def test_what_the_client_holds_is_not_sent_again(client):
    first = client.get("/studies")
    again = client.get("/studies", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in first.headers["cache-control"]


def test_without_gzip_the_same_rows_come_plain(client):
    plain = client.get("/studies", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == client.get("/studies").json()


def test_an_example_for_each_role_and_site(running, client):
    mine = a_study(client)
    theirs = a_study(client, "FR-01-0001")
    with running.client("coordinator") as coordinator:
        assert values(coordinator.get("/studies").json(), "00100020") == ["JP-03-0001"]
        for query in (
            f"/studies?StudyInstanceUID={theirs}",
            f"/studies/{theirs}/series",
            f"/studies/{theirs}/instances",
            "/studies?PatientID=FR-01-0001",
        ):
            answer = coordinator.get(query)
            assert (answer.status_code, answer.content) == (204, b"")
        nothing = coordinator.get("/studies/1.2.3/series")
        assert (nothing.status_code, nothing.content) == (204, b"")
    with running.client("statistician") as statistician:
        assert statistician.get(f"/studies/{mine}/series").status_code == 403
    with running.client("nobody") as nobody:
        answer = nobody.get("/studies")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_blinded_reader_searches_by_reading_code(reader):
    rows = reader.get("/studies?includefield=all").json()
    assert {"R-7001", "R-7002"} <= set(values(rows, "00100020"))
    text = (
        reader.get("/studies?includefield=all").text
        + reader.get("/instances?includefield=all").text
        + reader.get("/series?includefield=all").text
    )
    for secret in ("JP-03", "FR-01", "IT-01", "Yamagata", "Bergoni"):
        assert secret not in text
    assert reader.get("/studies?PatientID=JP-03-0001").status_code == 204
    assert reader.get("/studies?PatientID=JP*").status_code == 204
    assert len(reader.get("/studies?PatientID=R-7001").json()) == 1

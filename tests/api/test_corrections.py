import pytest

PAIR = {"from_mm": [1.0, 2.0, 3.0], "to_mm": [1.0, 4.0, -2.0]}
OFF_BY_A_STEP = {"from_mm": [50.0, 2.0, 3.0], "to_mm": [50.0, 4.0, 2.0]}


class Case:
    """A site's radiologist before a case of their own."""

    def __init__(self, client):
        self.client = client
        rows = client.get("/api/v1/cases").json()["cases"]
        row = next(row for row in rows if row["timepoint"] == "preoperative")
        self.name = row["case_id"]
        for timepoint in ("baseline", "preoperative"):
            if self.again(timepoint)["read"]["state"] == "signed":
                self.client.post(f"/api/v1/cases/{self.name}/{timepoint}/reopen", json={"reason": "look again"})
        self.opened = self.again()

    def again(self, timepoint="preoperative"):
        answer = self.client.get(f"/api/v1/cases/{self.name}/{timepoint}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def uid(self, role, timepoint="preoperative"):
        return next(
            one["series_uid"] for one in self.opened["series"] if (one["timepoint"], one["role"]) == (timepoint, role)
        )

    def put(self, a, b, pairs, version, timepoint="preoperative"):
        return self.client.put(
            self.address(a, b, timepoint), json={"pairs": pairs}, headers={"If-Match": f'"{version}"'}
        )

    def drop(self, a, b, version):
        return self.client.delete(self.address(a, b), headers={"If-Match": f'"{version}"'})

    def address(self, a, b, timepoint="preoperative"):
        return f"/api/v1/cases/{self.name}/{timepoint}/corrections/{a}/{b}"


@pytest.fixture
def case(browser):
    return Case(browser("radiologist"))


def test_a_correction_is_kept_with_the_own_draft_and_taken_back(case):
    dwi, hepatic = case.uid("dwi"), case.uid("eob-hepatobiliary")
    kept = case.put(hepatic, dwi, [PAIR], case.opened["read"]["version"])
    assert kept.status_code == 200, kept.text
    assert kept.json()["correction"]["residual_mm"] is None
    (correction,) = case.again()["read"]["corrections"]
    assert (correction["from_series_uid"], correction["to_series_uid"]) == (hepatic, dwi)
    assert correction["pairs"] == [PAIR]
    assert [correction["matrix"][at] for at in (3, 7, 11)] == [0.0, 2.0, -5.0]
    gone = case.drop(hepatic, dwi, kept.json()["version"])
    assert gone.status_code == 200, gone.text
    assert case.again()["read"]["corrections"] == []


def test_another_click_order_and_more_pairs_take_the_place_of_the_correction(case):
    dwi, hepatic = case.uid("dwi"), case.uid("eob-hepatobiliary")
    version = case.put(hepatic, dwi, [PAIR], case.opened["read"]["version"]).json()["version"]
    turned = {"from_mm": PAIR["to_mm"], "to_mm": PAIR["from_mm"]}
    case.put(dwi, hepatic, [turned, OFF_BY_A_STEP], version)
    (correction,) = case.again()["read"]["corrections"]
    assert (correction["from_series_uid"], len(correction["pairs"])) == (dwi, 2)
    assert correction["residual_mm"] > 0


def expected_on(opened, label, uid):
    lesion = next(one for one in opened["lesions"] if one["label"] == label)
    return next(one for one in lesion["locations"] if one["series_uid"] == uid)


def test_lesions_are_expected_where_the_correction_says(case):
    baseline = case.again("baseline")
    uid_of = {one["role"]: one["series_uid"] for one in baseline["series"] if one["timepoint"] == "baseline"}
    dwi, hepatic = uid_of["dwi"], uid_of["eob-hepatobiliary"]
    before = expected_on(baseline, "L1", dwi)
    kept = case.put(hepatic, dwi, [PAIR], baseline["read"]["version"], "baseline")
    assert kept.status_code == 200, kept.text
    after = expected_on(case.again("baseline"), "L1", dwi)
    assert (before["basis"], after["basis"]) == ("same-frame-of-reference", "registered-by-landmarks")
    moved = [b - a for a, b in zip(before["position_mm"], after["position_mm"], strict=True)]
    assert moved == pytest.approx([0.0, 2.0, -5.0])
    assert [one["timepoint"] for one in case.again()["read"]["corrections"]] == ["baseline"]


def test_an_older_version_is_refused(case):
    dwi, hepatic = case.uid("dwi"), case.uid("eob-hepatobiliary")
    version = case.opened["read"]["version"]
    assert case.put(hepatic, dwi, [PAIR], version).status_code == 200
    assert case.put(hepatic, dwi, [PAIR], version).status_code == 412


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([], "pairs"),
        ([PAIR, {"from_mm": [50.0, 0.0, 0.0], "to_mm": [90.0, 0.0, 0.0]}], "contradict each other"),
        ([{"from_mm": [1.0, 2.0], "to_mm": [1.0, 2.0, 3.0]}], "from_mm"),
        ([{"from_mm": [1.0, 2.0, "x"], "to_mm": [1.0, 2.0, 3.0]}], "from_mm"),
        ([PAIR | {"by": "me"}], "by"),
    ],
)
def test_pairs_that_say_nothing_or_two_things_are_refused(case, pairs, says):
    answer = case.put(case.uid("eob-hepatobiliary"), case.uid("dwi"), pairs, case.opened["read"]["version"])
    assert answer.status_code == 422
    assert says in answer.text


def test_a_series_of_nowhere_and_one_with_itself_are_refused(case):
    dwi, version = case.uid("dwi"), case.opened["read"]["version"]
    assert case.put("2.25.1", dwi, [PAIR], version).status_code == 404
    assert case.put(dwi, dwi, [PAIR], version).status_code == 422


def test_nobody_else_ever_sees_a_correction(case, browser):
    dwi, hepatic = case.uid("dwi"), case.uid("eob-hepatobiliary")
    case.put(hepatic, dwi, [PAIR], case.opened["read"]["version"])
    other = browser("manager")
    rows = other.get("/api/v1/cases").json()["cases"]
    for row in rows:
        seen = other.get(f"/api/v1/cases/{row['case_id']}/{row['timepoint']}").json()
        assert seen["read"] is None
        assert "registered-by-landmarks" not in str(seen)
    assert other.put(case.address(hepatic, dwi), json={"pairs": [PAIR]}, headers={"If-Match": '"1"'}).status_code == 403

"""The windows an account keeps: its own, in every browser, and nobody else's."""

import pytest

from tests.api.office import desks, furnish

PATH = "/api/v1/account/windows"


@pytest.fixture
def office(installation):
    """Browsers on an installation with a study and people."""
    furnish(installation.database)
    with desks(installation) as new:
        yield new


def windows(client) -> list[tuple[str, float, float]]:
    return [(one["role"], one["center"], one["width"]) for one in client.get(PATH).json()["windows"]]


def put(client, role, center, width):
    return client.put(f"{PATH}/{role}", json={"center": center, "width": width})


def test_a_kept_window_is_there_in_another_browser_of_the_same_person_and_of_nobody_else(office):
    reader = office("reader")
    assert put(reader, "ct-portal-venous", 85, 180).status_code == 204
    assert windows(office("reader")) == [("ct-portal-venous", 85.0, 180.0)]
    assert windows(office("manager")) == []


def test_the_last_window_of_a_role_counts_and_may_be_a_share_of_the_image(office):
    reader = office("reader")
    for role, center, width in (("t2", 0.5, 1.0), ("ct-plain", 50, 400), ("t2", 0.35, 0.7)):
        assert put(reader, role, center, width).status_code == 204
    assert windows(reader) == [("ct-plain", 50.0, 400.0), ("t2", 0.35, 0.7)]


def test_a_forgotten_window_is_gone_and_the_others_stay(office):
    reader, manager = office("reader"), office("manager")
    for client in (reader, manager):
        put(client, "adc", 1250, 2500)
    assert reader.delete(f"{PATH}/adc").status_code == 204
    assert (windows(reader), windows(manager)) == ([], [("adc", 1250.0, 2500.0)])


@pytest.mark.parametrize(("center", "width"), [(0, 0), (0, -5), (0, 2e6), (2e6, 1)])
def test_a_window_that_shows_nothing_is_refused(office, center, width):
    reader = office("reader")
    answer = put(reader, "adc", center, width)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert windows(reader) == []


def test_a_role_that_no_study_has_is_refused(office):
    assert put(office("reader"), "ultrasound", 1, 1).status_code == 422


def test_who_is_not_signed_in_keeps_no_windows(office):
    stranger = office(None)
    assert stranger.get(PATH).status_code == 401

"""One lesion's page: what its results follow from."""

import re

from tests.pages import hospital
from tests.pages.reading import section, words

HERE = f"{hospital.SITE}-0001"


def page(browsers, label, login="manager"):
    answer = browsers(login).get(f"/patients/{HERE}/lesions/{label}")
    assert answer.status_code == 200
    return answer.text


def test_cdlm_says_which_read_it_follows_from(browsers):
    shown = page(browsers, "L3")
    images = words(section(shown, "What the images show"))
    assert re.search(
        r"Pre-operative not visible not visible not visible visible 8.6 mm central read, edition 1", images
    )
    assert "no · EOB visible" in words(section(shown, "cDLM"))


def test_the_reader_is_told_by_role_and_not_by_name(browsers):
    assert "Reader 佐藤" not in page(browsers, "L3")


def test_the_outcome_shows_its_trace_and_the_entries_behind_it(browsers):
    shown = words(section(page(browsers, "L2"), "Outcome today"))
    assert "non-viable" in shown
    assert "fate: resected" in shown
    assert "Pathology version 1" in shown
    assert "Surgery version 1" in shown


def test_two_follow_ups_are_told_apart_by_their_timepoints(browsers):
    shown = words(section(page(browsers, "L4"), "Outcome today"))
    assert "Month 3 entered" in shown
    assert "Month 6 entered" in shown


def test_who_may_not_see_outcomes_sees_the_lesion_and_nothing_else(browsers):
    shown = page(browsers, "L2", "radiologist")
    assert "Identity" in shown
    for hidden in ("cDLM", "Outcome", "What the images show", "Pathology", "non-viable"):
        assert hidden not in shown


def test_a_label_that_was_never_given_is_not_found(browsers):
    assert browsers("manager").get(f"/patients/{HERE}/lesions/L99").status_code == 404

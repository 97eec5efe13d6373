"""The endpoint page."""

from types import SimpleNamespace

import pytest

from casebook.domain.actors import Actor, Grant, Role
from services.api.pages.endpoint import is_withheld, p_value
from tests.pages.reading import row, section, words


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("manager", 200),
        ("statistician", 200),
        ("monitor", 200),
        ("coordinator", 200),
        ("radiologist", 403),
        ("admin", 403),
        ("reader", 404),
        ("adjudicator", 404),
    ],
)
def test_the_endpoint_opens_for_who_sees_outcomes(browsers, login, status):
    assert browsers(login).get("/endpoint").status_code == status


def test_the_table_is_marked_interim_and_says_what_is_good(browsers):
    shown = words(browsers("statistician").get("/endpoint").text)
    assert "INTERIM" in shown
    assert "higher is better" in shown


def test_each_strategy_has_its_counts_and_share(browsers):
    table = section(browsers("statistician").get("/endpoint").text, "By imaging strategy")
    assert row(table, "CT alone").startswith("CT alone 1 4 2 1 50.0 %")
    assert row(table, "CT + MRI (cDLM)").startswith("CT + MRI (cDLM) primary 1 2 1 1 100.0 %")
    assert "one patient only: no interval" in row(table, "CT + MRI (cDLM)")


def test_the_bounds_say_what_unknown_lesions_could_change(browsers):
    bounds = section(browsers("statistician").get("/endpoint").text, "What unknown lesions")
    found = row(bounds, "CT + MRI (cDLM)")
    known, unread = found.rsplit(" 100.0 % (", 1)[0].rsplit(" ", 2)[0], int(found.rsplit("(", 1)[1].rstrip(")"))
    assert known == "CT + MRI (cDLM) 100.0 – 100.0 % (0) 50.0 – 100.0 % (1)"
    assert f"{100 / (1 + unread):.1f} – 100.0 % ({unread})" in found


def test_a_site_is_not_told_shares_of_few_patients(browsers):
    shown = words(browsers("coordinator").get("/endpoint").text)
    assert "from 10 of its own patients on" in shown
    assert "%" not in shown


@pytest.mark.parametrize(
    ("role", "n_patients", "withheld"),
    [
        (Role.SITE_COORDINATOR, 9, True),
        (Role.SITE_COORDINATOR, 10, False),
        (Role.STATISTICIAN, 1, False),
    ],
)
def test_feedback_begins_at_the_studys_number_of_patients(role, n_patients, withheld):
    actor = Actor("a", "A", (Grant(role, "DREAM", "JP-06" if role.is_site_role else None),))
    table = SimpleNamespace(n_patients=n_patients, parameters=SimpleNamespace(feedback_min_subjects=10))
    assert is_withheld(actor, table) is withheld


@pytest.mark.parametrize(("value", "said"), [(0.03125, "0.0313"), (0.5, "0.5000"), (0.00001, "< 0.0001")])
def test_a_p_value_is_never_said_to_be_zero(value, said):
    assert p_value(value) == said

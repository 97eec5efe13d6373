"""Waits for a decision, and what they sum up to."""

from datetime import UTC, datetime, timedelta

from casebook.domain.turnaround import by_site, wait

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def a_wait(days, *, site="A", decided=True):
    received = NOW - timedelta(days=days)
    return wait(site, received, NOW if decided else None, limit_days=5, now=NOW)


def test_a_wait_of_exactly_the_limit_is_in_time():
    assert not a_wait(5).is_late
    assert a_wait(5.01).is_late


def test_a_decision_before_the_end_of_a_delivery_took_no_time():
    assert wait("A", NOW, NOW - timedelta(hours=1), limit_days=5, now=NOW).days == 0


def test_sites_are_summed_up_with_what_waits_apart():
    found = by_site([a_wait(1), a_wait(2), a_wait(9), a_wait(20, decided=False), a_wait(1, site="B", decided=False)])
    assert [(row.site_code, row.n_decided, row.median_days, row.n_decided_late) for row in found] == [
        ("A", 3, 2.0, 1),
        ("B", 0, None, 0),
    ]
    assert [(row.n_waiting, row.n_waiting_late) for row in found] == [(1, 1), (1, 0)]

"""How well rules do on a labelled list."""

from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.series_accuracy import Labelled, accuracy


def a_series(expected, proposed, name="x"):
    return Labelled(name, frozenset(expected), frozenset(proposed))


def test_a_series_is_right_with_exactly_its_roles():
    found = accuracy(
        [
            a_series({Role.T2}, {Role.T2}),
            a_series({Role.EOB_PRE, Role.EOB_ARTERIAL}, {Role.EOB_PRE}, "partly"),
            a_series({Role.DWI}, {Role.ADC}, "wrong"),
            a_series({Role.DWI}, {Role.ADC}, "wrong too"),
        ]
    )
    assert (found.n_series, found.n_right, found.share_right) == (4, 1, 0.25)
    assert [one.name for one in found.wrong] == ["partly", "wrong", "wrong too"]
    assert found.confusion[0] == (frozenset({Role.DWI}), frozenset({Role.ADC}), 2)
    counts = {row.role: (row.n_labelled, row.n_proposed, row.n_right) for row in found.roles}
    assert counts == {
        Role.T2: (1, 1, 1),
        Role.DWI: (2, 0, 0),
        Role.ADC: (0, 2, 0),
        Role.EOB_PRE: (1, 1, 1),
        Role.EOB_ARTERIAL: (1, 0, 0),
    }


def test_an_empty_list_has_no_share():
    assert accuracy([]).share_right == 0.0

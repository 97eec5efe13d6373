"""Which reads are tabulated, and under whose name."""

from dataclasses import replace
from datetime import date

from casebook.domain.datasets.material import ReadMaterial, SiteMaterial, SubjectMaterial
from casebook.domain.datasets.sdtm.evaluators import evaluator_of, tabulated_reads
from tests.domain.builders import dream


def a_read(kind="central", place="first", reader="READER 1", **changes) -> ReadMaterial:
    read = ReadMaterial(
        timepoint="preoperative",
        kind=kind,
        place=place,
        reader=reader,
        round=1,
        edition=1,
        signed_on=date(2020, 5, 1),
        is_accepted=False,
        is_stale=False,
        is_withdrawn=False,
        said=(),
    )
    return replace(read, **changes)


def a_site_read(**changes) -> ReadMaterial:
    return a_read("site", None, "SITE 9", **changes)


def tabulated(*reads):
    subject = SubjectMaterial(
        "JP-06-0001", SiteMaterial("JP-06", "JP", "JCOG"), "prospective", {}, dream(), reads=reads
    )
    found = [(who.identifier or who.role, read.reader) for who, read in tabulated_reads(subject)]
    assert all(evaluator_of(subject, read) == who for who, read in tabulated_reads(subject))
    return found


def test_readers_go_by_their_place_and_one_whose_case_was_not_drawn_takes_a_free_one():
    second = a_read(place="second", reader="READER 2")
    third = a_read("adjudication", "adjudicator", "READER 3", is_accepted=True)
    assert tabulated(a_read(), second, third) == [
        ("ADJUDICATOR", "READER 3"),
        ("RADIOLOGIST 1", "READER 1"),
        ("RADIOLOGIST 2", "READER 2"),
    ]
    assert tabulated(a_read(place=None, reader="OTHER 5")) == [("RADIOLOGIST 1", "OTHER 5")]


def test_a_site_s_read_is_tabulated_where_it_counts_or_beside_an_accepted_central_one():
    assert tabulated(a_site_read(is_accepted=True)) == [("INVESTIGATOR", "SITE 9")]
    assert tabulated(a_site_read()) == []
    assert tabulated(a_site_read(), a_read()) == [("RADIOLOGIST 1", "READER 1")]
    assert tabulated(a_site_read(), a_read(is_accepted=True)) == [
        ("INVESTIGATOR", "SITE 9"),
        ("RADIOLOGIST 1", "READER 1"),
    ]


def test_reads_that_no_longer_stand_and_second_rounds_are_not_tabulated():
    replaced, instead = a_read(is_withdrawn=True), a_read(reader="READER 4")
    assert tabulated(replaced, instead) == [("RADIOLOGIST 1", "READER 4")]
    assert tabulated(a_read(is_stale=True), a_read(round=2)) == []


def test_of_a_place_the_accepted_read_is_tabulated_before_a_newer_one():
    newer = a_read(reader="READER 4", signed_on=date(2020, 6, 1))
    assert tabulated(a_read(is_accepted=True), newer) == [("RADIOLOGIST 1", "READER 1")]
    assert tabulated(a_read(), newer) == [("RADIOLOGIST 1", "READER 4")]


def test_only_independent_assessors_are_flagged_as_accepted():
    subject = SubjectMaterial("JP-06-0001", SiteMaterial("JP-06", "JP", "JCOG"), "prospective", {}, dream())
    flagged = [
        evaluator_of(subject, read).values("TR", is_accepted=True)["TRACPTFL"] for read in (a_site_read(), a_read())
    ]
    assert flagged == [None, "Y"]

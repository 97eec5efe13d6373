"""The profile's data is consistent with the standard's table and with itself."""

import re

import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

from casebook.dicom.deidentification.profile import OTHER_FAMILY, Profile, Treatment, parse, profile
from casebook.dicom.deidentification.trial import WRITTEN_KEYWORDS

USED_OPTIONS = {"patient", "dates", "descriptors"}
"""Option columns of Table E.1-1 that the study uses; "device" is used where the study says so."""

REPLACING = {Treatment.UID, Treatment.ACCESSION, Treatment.EMPTY, Treatment.KEYED_ID, Treatment.DEVICE}


def rows_that_stay() -> list[tuple[str, str, Treatment]]:
    table = profile()
    found = {
        (row.keyword, f"{row.basic} {sorted(row.options)}", table.rules[family][int(tag, 16)])
        for family in table.rules
        for tag, row in table.table.items()
        if "X" not in tag[4:] and "X" not in tag[:4] and int(tag, 16) in table.rules[family]
    }
    return sorted(found)


def test_the_table_is_complete():
    assert len(profile().table) == 655


def test_the_tables_keywords_are_those_of_its_tags():
    wrong = [
        tag
        for tag, row in profile().table.items()
        if "X" not in tag and row.keyword not in {keyword_for_tag(int(tag, 16)), "-"}
    ]
    assert wrong == []


def test_every_basic_action_is_one_of_the_standards():
    actions = {row.basic for row in profile().table.values()}
    assert actions == {"D", "Z", "X", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"}


@pytest.mark.parametrize(("keyword", "actions", "treatment"), rows_that_stay(), ids=str)
def test_an_element_of_the_table_stays_only_as_an_action_or_a_used_option_allows(keyword, actions, treatment):
    basic, _, options = actions.partition(" ")
    used = set(re.findall(r"\w+", options)) & USED_OPTIONS
    replaced = treatment in REPLACING or (treatment is Treatment.SEQUENCE and basic == "X/Z/U*")
    assert used or replaced, f"{keyword} {actions} {treatment}"


def test_dates_and_uids_are_never_kept_as_they_are():
    table = profile()
    expected = {"DA": Treatment.DATE, "DT": Treatment.DATETIME, "UI": Treatment.UID}
    wrong = [
        keyword_for_tag(tag)
        for rules in table.rules.values()
        for tag, treatment in rules.items()
        if dictionary_VR(tag) in expected
        and treatment not in {expected[dictionary_VR(tag)], Treatment.WELL_KNOWN_UID, Treatment.EMPTY, Treatment.DEVICE}
    ]
    assert wrong == []


def test_no_long_text_and_no_person_name_is_kept():
    kept = {
        (dictionary_VR(tag), treatment)
        for rules in profile().rules.values()
        for tag, treatment in rules.items()
        if dictionary_VR(tag) in {"PN", "LT", "ST", "UT", "AE", "UR", "UN"}
    }
    assert kept == {("PN", Treatment.EMPTY)}


def test_what_the_plan_writes_is_not_also_kept():
    tags = {tag_for_keyword(keyword) for keyword in WRITTEN_KEYWORDS}
    assert all(tags.isdisjoint(rules) for rules in profile().rules.values())


def test_an_unknown_sop_class_gets_the_common_elements_only():
    table: Profile = profile()
    assert table.family("1.2.840.10008.5.1.4.1.1.7") == OTHER_FAMILY
    assert set(table.rules[OTHER_FAMILY]) < set(table.rules["ct"])


def test_the_references_safe_private_elements_are_all_there():
    safe = {(g, c, e) for (g, c), rules in profile().private.items() for e in rules}
    assert safe >= {
        (0x0019, "SIEMENS MR HEADER", 0x0C),
        (0x0019, "SIEMENS MR HEADER", 0x0D),
        (0x0019, "SIEMENS MR HEADER", 0x0E),
        (0x0021, "SIEMENS MR SDI 02", 0x05),
        (0x2001, "Philips Imaging DD 001", 0x03),
        (0x2001, "Philips Imaging DD 001", 0x04),
        (0x2005, "Philips MR Imaging DD 001", 0xB0),
        (0x2005, "Philips MR Imaging DD 001", 0xB1),
        (0x2005, "Philips MR Imaging DD 001", 0xB2),
        (0x0043, "GEMS_PARM_01", 0x39),
        (0x0065, "Image Private Header", 0x09),
    }


def test_a_profile_with_an_unknown_keyword_is_refused():
    text = """
        [edition]
        name = "x"
        standard = "y"
        [table]
        [keep.common]
        keywords = "NoSuchElement"
        [treat]
        [empty]
        keywords = ""
        [keep_device]
        keywords = ""
        [families]
        [sop_classes]
    """
    with pytest.raises(KeyError, match="NoSuchElement"):
        parse(text)

"""What the instances of a series have in common, and small rules beside the roles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.b_shells import shells
from casebook.domain.contrast_agents import CODES, WORDS, contrast_agent
from casebook.domain.series_facts import ContrastAgent, series_facts
from casebook.domain.series_words import (
    CT_PHASE_WORDS,
    MR_PHASE_WORDS,
    TOPIC_WORDS,
    Words,
    found_word,
    named_b_value,
    normal_form,
)
from tests.domain.series_builders import a_frame, a_series, a_volume, an_instance


def test_a_series_tells_what_its_instances_have():
    series = a_series(
        [*a_volume(b=0, te_ms=60, at_s=100), *a_volume(b=800, te_ms=60, at_s=130)], agent=ContrastAgent.GADOXETATE
    )
    assert (series.n_instances, series.n_frames) == (8, 8)
    assert series.b_values_s_per_mm2 == (0.0, 800.0)
    assert series.echo_times_ms == (60.0,)
    assert (series.acquired_from_s, series.acquired_to_s) == (100, 130)
    assert series.agent is ContrastAgent.GADOXETATE


def test_frames_are_numbered_from_one_within_their_instance():
    series = series_facts([an_instance((a_frame(), a_frame()), uid="1.1"), an_instance(a_frame(), uid="1.2")])
    assert [(frame.instance.sop_uid, frame.number) for frame in series.frames()] == [("1.1", 1), ("1.1", 2), ("1.2", 1)]


def test_instances_of_two_series_are_no_series():
    with pytest.raises(ValueError, match="same series"):
        series_facts([an_instance(a_frame(), series_uid="9.1"), an_instance(a_frame(), series_uid="9.2")])
    with pytest.raises(ValueError, match="one or more"):
        series_facts([])


def test_gradients_of_one_shell_are_one_value():
    assert shells([1.25, 928.29, 929.75, 929.75]) == {1.25: 0.0, 928.29: 930.0, 929.75: 930.0}
    assert set(shells([0, 50, 400, 800]).values()) == {0, 50, 400, 800}
    assert set(shells([0, 40, 273, 798.6, 799.4]).values()) == {0, 40, 273, 800}
    assert shells([]) == {}


@given(st.lists(st.floats(0, 5000), max_size=30))
def test_every_b_value_has_a_nominal_one_near_it(values):
    nominal = shells(values)
    assert set(nominal) == set(values)
    for value, centre in nominal.items():
        # a shell is 5 s/mm2 wide, and what begins within 5 s/mm2 of 0 is b 0
        assert abs(value - centre) <= max(10.0, 0.035 * max(value, centre)) + 1e-9


@given(st.lists(st.floats(0, 5000), max_size=30))
def test_nominal_b_values_are_their_own(values):
    once = set(shells(values).values())
    assert len(once) <= len(set(values))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("t1_vibe_PV", " T1 VIBE PV "),
        ("  Ax T2-SSFSE (RTr) ", " AX T2 SSFSE RTR "),
        ("ＤＷＩ　ｂ８００", " DWI B800 "),
        ("", "  "),
    ],
)
def test_names_are_compared_in_one_form(text, normal):
    assert normal_form(text) == normal


@pytest.mark.parametrize(
    ("name", "b_value"),
    [
        ("DWI b=0", 0.0),
        ("Ax DWI b800 ", 800.0),
        ("DWI_b1000_tra", 1000.0),
        ("ep2d_diff_b50_400_800", None),
        ("DWI b0 b800", None),
        ("DWI", None),
        ("club50", None),
    ],
)
def test_a_name_with_one_b_value_names_it(name, b_value):
    assert named_b_value(normal_form(name)) == b_value


def test_short_words_must_stand_alone():
    words = Words(frozenset({"PV"}), ("PORTAL",))
    assert found_word(words, normal_form("t1_PV_bh")) == "PV"
    assert found_word(words, normal_form("SPVX")) is None
    assert found_word(words, normal_form("portalvenös")) == "PORTAL"


@pytest.mark.parametrize("words", [*TOPIC_WORDS.values(), *MR_PHASE_WORDS.values(), *CT_PHASE_WORDS.values()])
def test_every_word_of_the_lists_can_be_found(words):
    for word in (*words.alone, *words.anywhere):
        assert found_word(words, normal_form(f"x {word} x")) is not None


@pytest.mark.parametrize("agent", list(WORDS))
def test_every_word_for_an_agent_means_this_agent(agent):
    for word in WORDS[agent]:
        assert contrast_agent(f"{word.lower()} 10 ml") is agent


def test_codes_of_agents_count_before_their_text():
    for code, agent in CODES.items():
        assert contrast_agent("CONTRAST", [code]) is agent
    assert contrast_agent("Primovist", ["unknown"]) is ContrastAgent.GADOXETATE

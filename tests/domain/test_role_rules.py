"""What a study definition says of series changes the proposals, and nothing in the program does."""

import pytest

from casebook.domain.imaging import SeriesRole
from casebook.domain.series_role_rules import DEFAULT_RULES
from casebook.domain.series_roles import propose_roles
from casebook.domain.series_words import Topic
from casebook.domain.study import StudyDefinitionError, load_study
from casebook.domain.study.role_rules import LIMITS, TYPES
from tests.domain.series_builders import DYNAMIC, a_series, a_volume, named
from tests.pages.hospital import DREAM

TEXT = DREAM.read_text(encoding="utf-8")
HEAD = '[series_roles]\nversion = "dream-1"\n'


def rules(added: str):
    """The rules of the study with some lines more in its section."""
    assert HEAD in TEXT
    return load_study(
        TEXT.replace("[series_roles.mr_windows]", f"{added}\n\n[series_roles.mr_windows]", 1)
    ).series_roles


def test_the_studys_own_rules_are_those_of_the_program_under_a_name_of_their_own():
    found = load_study(TEXT).series_roles
    assert found.version == "series-roles-1+dream-1"
    assert (found.mr_windows, found.ct_windows) == (DEFAULT_RULES.mr_windows, DEFAULT_RULES.ct_windows)


def test_a_definition_that_says_nothing_has_the_rules_of_the_program():
    start = TEXT.index("[series_roles]")
    assert load_study(TEXT[:start] + TEXT[TEXT.index("[reports]") :]).series_roles is DEFAULT_RULES


def test_a_word_of_a_site_makes_its_series_known():
    series = a_series(a_volume(te_ms=1.9), acquisition=DYNAMIC)
    (unknown,) = propose_roles(series, named("t1_vibe_eob20"))
    assert unknown.role is not SeriesRole.EOB_HEPATOBILIARY
    better = rules('[series_roles.mr_phase_words]\neob-hepatobiliary = { alone = ["eob20"], anywhere = ["肝造影"] }')
    (known,) = propose_roles(series, named("t1_vibe_eob20"), rules=better)
    assert (known.role, known.rule) == (SeriesRole.EOB_HEPATOBILIARY, better.version)
    assert "EOB20" in known.evidence[1].en
    (also,) = propose_roles(series, named("VIBE 肝造影相"), rules=better)
    assert also.role is SeriesRole.EOB_HEPATOBILIARY


def test_words_and_image_types_are_added_and_limits_replaced():
    found = rules(
        'adc_types = ["myadc"]\n[series_roles.words]\nadc = { anywhere = ["APPDIFF"] }\n'
        "[series_roles.limits]\nt2_min_te_ms = 70"
    )
    assert found.adc_types == DEFAULT_RULES.adc_types | {"MYADC"}
    assert found.topics[Topic.ADC].anywhere == (*DEFAULT_RULES.topics[Topic.ADC].anywhere, "APPDIFF")
    assert found.topics[Topic.ADC].alone == DEFAULT_RULES.topics[Topic.ADC].alone
    assert (found.t2_min_te_ms, found.t2_max_te_ms) == (70.0, DEFAULT_RULES.t2_max_te_ms)


def test_every_number_and_every_list_of_image_types_can_be_set():
    numbers = {one for one in DEFAULT_RULES.__dataclass_fields__ if isinstance(getattr(DEFAULT_RULES, one), float)}
    assert set(LIMITS) == numbers
    assert all(isinstance(getattr(DEFAULT_RULES, name), frozenset) for name in TYPES)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[series_roles.words]\nadcc = { alone = ['X'] }", "did you mean “adc”"),
        ("[series_roles.words]\nadc = { alone = [''] }", "expected text"),
        ("[series_roles.limits]\nt2_min_te = 70", "t2_min_te_ms"),
        ("[series_roles.limits]\nt2_min_te_ms = -1", "0 or more"),
        ("[series_roles.mr_phase_words]\nct-arterial = { alone = ['X'] }", "unknown key"),
    ],
)
def test_what_is_no_rule_is_named_with_its_line(lines, said):
    with pytest.raises(StudyDefinitionError, match=said):
        rules(lines)


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(StudyDefinitionError, match="expected more than from_s, 20"):
        load_study(
            TEXT.replace("eob-arterial = { from_s = 20, to_s = 40 }", "eob-arterial = { from_s = 20, to_s = 4 }")
        )

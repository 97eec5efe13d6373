"""The study definition: what DREAM holds, and how faults are named."""

import re
from pathlib import Path

import pytest

from casebook.domain.imaging import ReadingSequence, SeriesRole
from casebook.domain.study import StudyDefinitionError, load_study
from casebook.domain.study.lines import lines_of
from casebook.domain.study.model import LimitKind, RegistrationStep

DREAM = Path(__file__).parents[2] / "studies" / "dream.toml"


@pytest.fixture(scope="module")
def text():
    return DREAM.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dream(text):
    return load_study(text)


def problems_of(text):
    with pytest.raises(StudyDefinitionError) as caught:
        load_study(text)
    return caught.value.problems


def test_dream_has_the_thirty_sites_of_its_announcement_in_order(dream):
    assert len(dream.sites) == 30
    assert [site.code for site in dream.sites if site.group == "JCOG"] == [f"JP-{n:02}" for n in range(1, 13)]
    assert dream.site("JP-01").name.en == "Kanagawa Cancer Center"
    assert dream.site("JP-06").name.ja == "千葉県がんセンター"
    assert [site.code for site in dream.sites if site.opens_later] == ["JP-08"]
    by_group = {group.code: sum(site.group == group.code for site in dream.sites) for group in dream.groups}
    assert by_group == {"JCOG": 12, "EORTC": 16, "US": 2}


def test_dream_states_identity_accrual_and_rules(dream):
    assert {item.number for item in dream.registry_numbers} >= {"NCT02781935", "UMIN000024890", "JCOG1609INT"}
    assert (dream.accrual.n_planned, dream.accrual.months) == (400, 36)
    assert str(dream.rules.endpoint.threshold) == "0.85"
    assert dream.rules.outcome.horizon_days == 730
    assert dream.rules.cdlm.required_sequences == tuple(ReadingSequence)


def test_what_the_study_has_not_published_is_marked_as_default(dream):
    assert "early_window_days" in dream.rules.outcome.defaults
    assert "horizon_days" not in dream.rules.outcome.defaults
    assert all(timepoint.source == "default" for timepoint in dream.timepoints)


def test_the_preoperative_timepoint_requires_diffusion_with_low_and_high_b(dream):
    dwi = next(item for item in dream.requirements("preoperative") if item.role is SeriesRole.DWI)
    low, high = dwi.limit(LimitKind.MAX_LOW_B_S_PER_MM2), dwi.limit(LimitKind.MIN_HIGH_B_S_PER_MM2)
    assert low is not None
    assert high is not None
    assert (low.value, high.value) == (100, 400)
    assert dream.requirements("intraoperative") == ()


def test_the_eligibility_form_asks_every_criterion_of_its_registration(dream):
    criteria = dream.registration(RegistrationStep.FIRST).criteria
    form = dream.form("eligibility")
    assert [field.code for field in form.criteria] == [criterion.code for criterion in criteria]
    assert [field.expected for field in form.criteria] == [criterion.expected for criterion in criteria]


def test_every_wording_of_dream_is_in_both_languages(text):
    assert not re.findall(r'\b(?:en|ja) = ""', text)


def test_broken_toml_names_the_line():
    (problem,) = problems_of('[study]\ncode = "X"\nversion = = 1\n')
    assert problem.line == 3
    assert "not valid TOML" in problem.message


def test_unfinished_toml_names_the_last_line():
    (problem,) = problems_of('[study]\ncode = "X')
    assert problem.line == 2


def test_all_faults_are_listed_at_once_with_line_and_field(text):
    broken = (
        text.replace('country = "AT"', 'country = "Austria"', 1)
        .replace("subjects = 400", "subjects = 0")
        .replace("readers = 2", "readers = 2\nreader_count = 2")
        .replace('anchor = "chemotherapy-end"', 'anchor = "chemo"')
        .replace('code = "US-02"', 'code = "US-01"')
    )
    lines = broken.splitlines()
    found = {problem.field: problem for problem in problems_of(broken)}
    assert set(found) == {
        "sites[13].country",
        "accrual.subjects",
        "reading.reader_count",
        "timepoints[2].anchor",
        "sites[30].code",
    }
    assert lines[found["sites[13].country"].line - 1] == 'country = "Austria"'
    assert lines[found["accrual.subjects"].line - 1] == "subjects = 0"
    assert lines[found["reading.reader_count"].line - 1] == "reader_count = 2"
    assert "did you mean “readers”" in found["reading.reader_count"].message
    assert "chemotherapy-end" in found["timepoints[2].anchor"].message
    assert "used twice" in found["sites[30].code"].message


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('group = "US"', 'group = "USA"', "sites[29].group"),
        ('imaging = "liver-full"', 'imaging = "liver"', "timepoints[1].imaging"),
        ('form = "surgery", field = "fate"', 'form = "surgery", field = "fates"', "forms[7].lesion_rows.field"),
        ('answers = ["resected"]', 'answers = ["removed"]', "forms[8].lesion_rows.answers[1]"),
        (
            'only_when = { field = "regimen", answers = ["other"] }',
            'only_when = { field = "regime", answers = ["other"] }',
            "forms[4].fields[2].only_when.field",
        ),
        ('missing_reasons = ["not-known"]', 'missing_reasons = ["unknown"]', "forms[3].fields[3].missing_reasons[1]"),
        ('later = "follow-up.imaged_on"', 'later = "follow-up.seen_on"', "edit_checks[7].later"),
        ('earlier = "anchor:mdt-decision"', 'earlier = "anchor:mdt"', "edit_checks[4].earlier"),
        (', unit = "mm", minimum = 1, maximum = 300', ', unit = "mm", minimum = 1', "forms[3].fields[12].maximum"),
        ('criteria_of = "second"', 'criteria_of = "third"', "forms[2].criteria_of"),
        ('timepoint = "preoperative"\nsource', 'timepoint = "month-3"\nsource', "rules.cdlm.timepoint"),
        ('kind = "preoperative"', 'kind = "baseline"', "timepoints"),
        ("threshold = 0.85", "threshold = 85", "rules.endpoint.threshold"),
        ("threshold = 0.85", "threshold = nan", "rules.endpoint.threshold"),
        ("threshold = 0.85", 'threshold = "85 %"', "rules.endpoint.threshold"),
        ("horizon_days = 730", "horizon_days = true", "rules.outcome.horizon_days"),
        ('defaults = ["early_window_days"', 'defaults = ["window"', "rules.outcome.defaults[1]"),
        ('form = "baseline-disease"', 'form = "baseline"', "reminders[1].form"),
        ('step = "second"', 'step = "first"', "registrations"),
    ],
)
def test_a_reference_or_value_that_leads_nowhere_is_named(text, old, new, field):
    assert old in text
    broken = text.replace(old, new, 1)
    found = problems_of(broken)
    assert field in [problem.field for problem in found]


def test_the_error_says_how_many_problems_and_that_nothing_was_loaded(text):
    with pytest.raises(StudyDefinitionError, match=r"1 problem; nothing was loaded"):
        load_study(text.replace("months = 36", 'months = "36"'))


def test_a_missing_section_is_one_problem_not_twenty(text):
    start, end = text.index("[reading]"), text.index("[rules.cdlm]")
    fields = [problem.field for problem in problems_of(text[:start] + text[end:])]
    assert "reading" in fields
    assert not [field for field in fields if field.startswith("reading.")]


def test_lines_are_found_inside_inline_tables_and_arrays_over_several_lines():
    text = 'a = 1\n[[b]]\nc = [\n  { d = 1 },\n  { d = """x\n]y""", "e.f" = \'#\' },\n]\n[[b]]\n[b.g]\nh.i = 2026-01-01 00:00:00\n'
    found = lines_of(text)
    assert found[("a",)] == 1
    assert found[("b", 0, "c", 0, "d")] == 4
    assert found[("b", 0, "c", 1, "d")] == 5
    assert found[("b", 0, "c", 1, "e.f")] == 6
    assert found[("b", 1)] == 8
    assert found[("b", 1, "g", "h", "i")] == 10


def test_the_digest_changes_with_the_text(text, dream):
    assert load_study(text + "\n# note\n").sha256 != dream.sha256

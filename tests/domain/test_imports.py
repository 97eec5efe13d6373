"""Tables of answers: reading CSV of many countries, telling columns, reading cells."""

from pathlib import Path

import pytest

from casebook.domain.errors import Invalid
from casebook.domain.forms.faults import BadAnswer
from casebook.domain.imports.answers import read_answer, same_answer
from casebook.domain.imports.columns import Place, map_columns, template
from casebook.domain.imports.csv_text import read_csv
from casebook.domain.imports.entries import plan_entries
from casebook.domain.imports.table import MOST_LINES, Cell, CellKind
from casebook.domain.study.load import load_study

DREAM = load_study((Path(__file__).parents[2] / "studies" / "dream.toml").read_text(encoding="utf-8"))
FOLLOW_UP = DREAM.form("follow-up")
WORDS = "登録番号,備考\nJP-06-0001,肝臓・再検①\n"


def field(form, code):
    found = DREAM.form(form).field(code) or DREAM.form(form).lesion_field(code)
    assert found is not None
    return found


def read(form, code, text, kind=CellKind.TEXT):
    return read_answer(field(form, code), Cell(text, kind), DREAM.missing_reasons)


def planned(text, form=FOLLOW_UP):
    table = read_csv(text.encode())
    return plan_entries(DREAM, form, map_columns(form, table.columns), table)


@pytest.mark.parametrize(
    ("data", "read_as"),
    [
        (WORDS.encode(), "UTF-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "UTF-8"),
        (WORDS.encode("cp932"), "Shift-JIS"),
        (WORDS.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "UTF-16"),
    ],
)
def test_the_encoding_is_told_by_the_bytes(data, read_as):
    table = read_csv(data)
    assert table.columns == ("登録番号", "備考")
    assert table.lines[0].cells == (Cell("JP-06-0001"), Cell("肝臓・再検①"))
    assert read_as in table.read_as.en


@pytest.mark.parametrize("text", ["a;b\n1;2,5\n", "a\tb\n1\t2,5\n", "sep=;\na;b\n1;2,5\n", '"a, or";b\n1;2,5\n'])
def test_the_separator_is_told_by_the_head(text):
    assert read_csv(text.encode()).lines[0].cells == (Cell("1"), Cell("2,5"))


def test_lines_keep_the_numbers_of_the_file_and_blank_ones_are_left_out():
    table = read_csv(b'a,b\r\n\r\n"1\r\n2",3\r\n , \r\n4,\r\n')
    assert [line.number for line in table.lines] == [4, 6]
    assert table.lines[1].cells == (Cell("4"), None)


def test_a_cell_beyond_the_head_is_noticed_because_it_may_be_a_decimal_comma():
    plan = planned("subject,timepoint,imaged_on,diameter_mm\nJP-06-0001,month-3,2020-01-05,12,5\n")
    assert "12.5" in plan.line_refused[2][0].en


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no lines"),
        (b"subject,imaged_on\n", "no lines"),
        (b'a,b\n"1,2\n', "not CSV"),
        (b"a,A\n1,2\n", "stand twice"),
        (b"a\n" + b"1\n" * (MOST_LINES + 1), "more than"),
        (b"a\n" + b"x" * 10_001 + b"\n", "characters"),
        (b"a,b\x00\n1,2\n", "neither"),
        ("a,b\nInnsbrück,Médico öffentlich\n".encode("cp1252"), "neither"),
        (b"\x80\x81\xff\xfe\n", "neither"),
    ],
)
def test_what_is_no_table_says_what_was_found(data, said):
    with pytest.raises(Invalid) as refused:
        read_csv(data)
    assert said in refused.value.said.en
    assert refused.value.said.ja != refused.value.said.en


@pytest.mark.parametrize(
    "names",
    [
        ("subject", "timepoint", "imaged_on"),
        ("登録番号", "時点", "撮影日"),
        ("ＰＡＴＩＥＮＴ", "Visit", " imaged  ON "),
    ],
)
def test_columns_are_told_by_code_or_label_in_either_language_whatever_the_width_and_case(names):
    columns = map_columns(FOLLOW_UP, names)
    assert [column.place for column in columns] == [Place.SUBJECT, Place.TIMEPOINT, None]
    assert columns[2].field is FOLLOW_UP.field("imaged_on")


def test_a_label_is_known_with_its_unit():
    columns = map_columns(DREAM.form("baseline-disease"), ("subject", "化学療法前のCEA（ng/mL）"))
    assert columns[1].field is not None
    assert columns[1].field.code == "cea_ng_per_ml"


def test_unknown_columns_are_ignored_and_say_so():
    columns = map_columns(FOLLOW_UP, ("subject", "timepoint", "imaged_on", "chart number", ""))
    assert [bool(column.ignored) for column in columns] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("timepoint", "imaged_on"), "subject"),
        (("subject", "imaged_on"), "timepoint"),
        (("subject", "timepoint", "remarks"), "No column"),
        (("subject", "patient", "timepoint", "imaged_on"), "mean the same"),
        (("subject", "timepoint", "imaged_on", "撮影日"), "mean the same"),
    ],
)
def test_columns_that_leave_it_open_are_refused(names, said):
    with pytest.raises(Invalid) as refused:
        map_columns(FOLLOW_UP, names)
    assert said in refused.value.said.en


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", DREAM.forms, ids=lambda form: form.code)
def test_every_template_is_read_again_with_a_meaning_for_each_column(form, language):
    if not (form.questions or form.lesion_fields):
        pytest.skip("asks nothing")
    columns = map_columns(form, template(form, language))
    assert [column.ignored for column in columns] == [None] * len(columns)
    asked = [(column.field.code, column.per_lesion) for column in columns if column.field]
    assert asked == [(one.code, False) for one in form.questions] + [(one.code, True) for one in form.lesion_fields]


@pytest.mark.parametrize(
    ("form", "code", "text", "raw"),
    [
        ("follow-up", "adequate", "はい", "yes"),
        ("follow-up", "adequate", "NO", "no"),
        ("follow-up", "at_site", "再発なし", "no-recurrence"),
        ("follow-up", "modalities", "ct; EOB-MRI", ["ct", "eob-mri"]),
        ("follow-up", "modalities", "CT、超音波検査", ["ct", "ultrasound"]),
        ("follow-up", "imaged_on", "2020/3/5", "2020-03-05"),
        ("follow-up", "imaged_on", "２０２０年３月５日", "2020-03-05"),
        ("adverse-event", "resolved_on", "2020/3", "2020-03"),
        ("adverse-event", "resolved_on", "継続中", {"missing": "ongoing"}),
        ("pathology", "regression_grade", "（施設に記録なし）", {"missing": "not-recorded"}),
        ("pathology", "regression_grade", "1, no residual cells", "1"),
        (
            "mdt-decision",
            "members",
            "肝臓専門外科医：佐藤; other: Dr. B",
            [{"role": "liver-surgeon", "name": "佐藤"}, {"role": "other", "name": "Dr. B"}],
        ),
        ("follow-up", "outside_site", "（空欄）", None),
        ("follow-up", "outside_site", "(Empty)", None),
        ("follow-up", "imaged_on", "05/03/2020", "05/03/2020"),
    ],
)
def test_words_become_codes(form, code, text, raw):
    assert read(form, code, text) == raw


@pytest.mark.parametrize(
    ("code", "cell", "fault"),
    [
        ("imaged_on", Cell("=TODAY()", CellKind.FORMULA), "formula"),
        ("imaged_on", Cell("#REF!", CellKind.ERROR), "spreadsheet-error"),
        ("imaged_on", Cell("2020-03-05 09:30", CellKind.MOMENT), "time-of-day"),
        ("imaged_on", Cell("43895", CellKind.NUMBER), "not-a-date"),
        ("outside_site", Cell("2020-02-01", CellKind.DAY), "made-a-date"),
    ],
)
def test_what_nobody_typed_is_refused_with_what_to_do(code, cell, fault):
    with pytest.raises(BadAnswer) as refused:
        read_answer(field("follow-up", code), cell, DREAM.missing_reasons)
    assert refused.value.code == fault


def test_an_answer_is_compared_as_it_would_be_saved():
    diameter = field("pathology", "diameter_mm")
    assert same_answer(diameter, "12.5", "12.5", ())
    assert not same_answer(diameter, "12,5", "12.5", ())
    assert same_answer(field("follow-up", "adequate"), "yes", saved=True, lesions=())
    assert same_answer(diameter, None, None, ())
    assert not same_answer(diameter, None, "12.5", ())


def test_lines_of_one_entry_come_together_and_each_answer_knows_its_cell():
    plan = planned(
        "subject,timepoint,lesion,imaged_on,at_site\n"
        "JP-06-0001,month-3,,2020-01-05,\n"
        "JP-06-0001,3か月,L1,,no-recurrence\n"
        "JP-06-0001,Month 3,L2,2020-01-05,recurrence\n"
        "JP-06-0001,month-3,L1,2020-02-20,recurrence\n"
    )
    first, second = plan.entries
    assert (first.lines, first.dated_on) == ([2, 3, 4], "2020-01-05")
    assert first.lesions["L2"]["at_site"].at == (4, 4)
    assert (second.lines, second.dated_on) == ([5], "2020-02-20")


def test_contradictions_within_an_entry_and_answers_without_their_lesion_are_refused():
    plan = planned(
        "subject,timepoint,lesion,imaged_on,adequate,at_site\n"
        "JP-06-0001,month-3,L1,2020-01-05,yes,no-recurrence\n"
        "JP-06-0001,month-3,L2,2020-01-05,no,no-recurrence\n"
        "JP-06-0001,month-3,,2020-01-05,,recurrence\n"
    )
    assert set(plan.refused) == {(3, 4), (4, 5)}


def test_a_line_that_does_not_say_where_it_belongs_is_refused_at_that_cell():
    plan = planned("subject,timepoint,entry,imaged_on\n,month-3,,2020-01-05\nJP-06-0001,month-4,x,2020-01-05\n")
    assert plan.entries == []
    assert set(plan.refused) == {(2, 0), (3, 1), (3, 2)}

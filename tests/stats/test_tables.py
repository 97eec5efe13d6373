"""Tables of other people's making: found columns, cells, and what is said of what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.domain.datasets.adam import adles, adltte
from casebook.domain.errors import Invalid
from casebook.stats.bounded import PatientTotals
from casebook.stats.raters import Rating
from casebook.stats.survival import Observation, Status
from casebook.stats.tables.columns import Condition, read_table
from casebook.stats.tables.followed import FollowedColumns, followed_table
from casebook.stats.tables.lesions import NO_PATIENT, LesionColumns, lesion_table
from casebook.stats.tables.ratings import RatingColumns, cross_rows, cross_table_of, is_cross_table, ratings_of

COUNTED = (PatientTotals(2, 1), PatientTotals(3, 3))


def table(text, *conditions, encoding="utf-8"):
    return read_table(text.encode(encoding), conditions)


def lesions(text, **asked):
    return lesion_table(table(text), LesionColumns(**asked))


def refusal(read):
    with pytest.raises(Invalid) as refused:
        read()
    return refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "patient,n,y\nA,2,1\nB,3,3\n",
        "\ufeffPATIENT;N;Y\r\nA;2;1\r\nB;3;3\r\n",
        "USUBJID\tN_i\tY_i\nA\t2\t1\nB\t3\t3\n",
        "id, lesions , NonViable\n A , 2 , 1 \n B , 3 , 3 \n\n",
        "cluster,total,n_nonviable\nA,2.0,1\nB,３,3\n",
        '"Subject ID","Evaluable lesions","Non-viable"\n"A","2","1"\n"B","3","3"\n',
        "Patient,N lesions,Non viable lesions,comment\nA,2,1,first\nB,3,3,\n",
        "Patient (code),Lesions at baseline,Nonviable at 2 years\nA,2,1\nB,3,3\n",
        "sep=;\npatient;n;y\nA;2;1\nB;3;3\n",
    ],
)
def test_counts_are_read_whatever_the_columns_and_separators_are(text):
    assert lesions(text).totals == COUNTED


def test_counts_in_shift_jis_are_read():
    read = table("登録番号,病変数,腫瘍残存なし\nA,2,1\nB,3,3\n", encoding="cp932")
    assert lesion_table(read).totals == COUNTED


def test_lines_of_one_patient_are_added_up_and_that_is_said():
    found = lesions("patient,n,y\nA,1,1\nB,3,3\nA,1,0\n")
    assert found.totals == COUNTED
    assert "1 lines name a patient that an earlier line names" in found.notes[0]


def test_lesions_that_are_not_evaluable_can_be_counted_too():
    assert lesions("patient,n,y,not_evaluable\nA,2,1,4\nB,3,3,\n").totals[0] == PatientTotals(2, 1, 4)


@pytest.mark.parametrize(
    ("outcome", "rows"),
    [
        ("NONVIABN", "1,0,1,1,1,"),
        ("nonviable", "Y,N,Y,Y,Y,NA"),
        ("non_viable", "yes,no,yes,yes,yes,."),
        ("outcome", "non-viable,viable,non-viable,nonviable,non-viable,not evaluable"),
        ("y", "1.0,0.0,1,1,1,"),
        ("腫瘍残存なし", "はい,いいえ,はい,はい,はい,評価不能"),
    ],
)
def test_one_line_per_lesion_is_counted_per_patient_and_what_is_not_evaluable_stays_out_of_n(outcome, rows):
    lines = zip(["A,1", "A,2", "B,1", "B,2", "B,3", "B,4"], rows.split(","), strict=True)
    found = lesions(f"patient,lesion,{outcome}\n" + "".join(f"{line},{said}\n" for line, said in lines))
    assert found.totals == (PatientTotals(2, 1), PatientTotals(3, 3, 1))
    assert found.notes == ()


@given(st.permutations(["A,1", "A,0", "B,1", "B,1", "B,1"]))
def test_the_order_of_lesions_does_not_matter(lines):
    found = lesions("patient,nonviable\n" + "\n".join(lines) + "\n")
    assert sorted(found.totals, key=lambda one: one.n) == list(COUNTED)


def test_without_a_column_for_the_patient_each_line_is_one_and_that_is_said():
    found = lesions("n,y\n2,1\n3,3\n")
    assert (found.totals, found.notes) == (COUNTED, (NO_PATIENT,))


def test_columns_can_be_named():
    found = lesions("who,a,b\nA,2,1\nB,3,3\n", patient="WHO", n="a", y="b")
    assert found.totals == COUNTED
    assert lesions("who,n,gone\nA,9,1\nA,9,0\n", patient="who", outcome="gone").totals == (PatientTotals(2, 1),)


def test_a_line_that_names_its_lesion_is_a_lesion_whatever_else_it_counts():
    found = lesions("subject,lesion,cdlm,evaluable,n,nonviable\nA,1,yes,Y,9,1\nA,2,yes,Y,8,0\n")
    assert found.totals == (PatientTotals(2, 1),)


def of_dataset(shape, *rows):
    """A dataset of the study as CSV, with these values and nothing else."""
    names = [variable.name for variable in shape.variables]
    lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def test_the_studys_own_datasets_are_read_as_they_are():
    whose = {"USUBJID": "A", "SUBJID": "9", "CLUSTER": "A", "CDLMFL": "Y", "ANL01FL": "Y"}
    first, second = whose | {"LESID": "L1"}, whose | {"LESID": "L2"}
    outcomes = {"NONVIABL": "Y", "NONVIABN": 1}, {"NONVIABL": "N", "NONVIABN": 0}
    judged = of_dataset(adles.SHAPE, first | outcomes[0], second | outcomes[1])
    assert lesion_table(table(judged, Condition("ANL01FL", "Y"))).totals == (PatientTotals(2, 1),)
    followed = of_dataset(adltte.SHAPE, first | {"AVAL": 90, "CNSR": 0, "STATUS": 1})
    assert followed_table(table(followed)).observations == (Observation(90, Status.RECURRENCE, "A"),)


def test_lines_can_be_chosen():
    text = "patient,nonviable,IN_CT_MRI\nA,1,Y\nA,0,N\nB,1,y\n"
    assert lesion_table(table(text, Condition("in_ct_mri", "Y"))).totals == (PatientTotals(1, 1), PatientTotals(1, 1))
    assert "No line meets" in refusal(lambda: table(text, Condition("in_ct_mri", "maybe")))
    assert "no column “x”" in refusal(lambda: table(text, Condition("x", "Y")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient,n,y\nA,2,1\nB,x,1\n", ["Line 3", "column “n”", "found “x”", "whole number"]),
        ("patient,n,y\nA,2,\n", ["Line 2", "column “y”", "is empty"]),
        ("patient,n,y\nA,2,-1\n", ["Line 2", "column “y”", "found “-1”"]),
        ("patient,n,y\nA,2.5,1\n", ["Line 2", "column “n”", "found “2.5”"]),
        ("patient,n,y\n\nA,2,3\n", ["Line 3", "3 non-viable of 2"]),
        ("patient,n,y\n,2,1\n", ["Line 2", "column “patient”", "is empty"]),
        ("patient,n,y\nA,2,1\nTotal,2,1\n", ["Line 3", "sum over the others", "leave it out"]),
        ("patient,n,y\nA,2,1,7\n", ["Line 2", "more cells than the 3 columns"]),
        ("patient,n\nA,2\n", ["non-viable lesions", "--y", "“patient”, “n”"]),
        ("patient,x\nA,2\n", ["outcome", "--outcome", "“patient”, “x”"]),
        ("patient,nonviable\nA,1\nA,perhaps\n", ["Line 3", "column “nonviable”", "“perhaps”", "1 or Y"]),
        ("patient,lesion,nonviable\nA,1,1\nA,1,0\n", ["Lines 2 and 3", "same lesion", "--where"]),
        ("1,2,1\n2,3,3\n", ["first line is 1, 2, 1", "names of the columns"]),
        ("", ["no lines"]),
        ("patient,n,y\n", ["no lines"]),
        ('patient,n,y\n"A,2,1\n', ["not CSV"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(text, words):
    said = refusal(lambda: lesions(text))
    assert [word for word in words if word not in said] == []


def test_bytes_that_are_no_text_are_refused():
    assert "CSV UTF-8" in refusal(lambda: read_table(b"\xff\xfe\x00\x01\xd8"))


def test_followed_lesions_are_read_in_words_or_numbers():
    found = followed_table(table("subject,lesion,days,status\nA,1,90,1\nA,2,760,censored\nB,1,250,Death\n"))
    assert found.observations == (
        Observation(90, Status.RECURRENCE, "A"),
        Observation(760, Status.CENSORED, "A"),
        Observation(250, Status.DEATH, "B"),
    )
    alone = followed_table(table("t,s\n9,0\n8,0\n"), FollowedColumns(day="t", status="s"))
    assert len({one.patient for one in alone.observations}) == 2
    assert alone.notes == (NO_PATIENT,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient,day,status\nA,-1,0\n", ["Line 2", "column “day”", "“-1”"]),
        ("patient,day,status\nA,9,3\n", ["Line 2", "column “status”", "2 for death"]),
        ("patient,day,status\nA,9,\n", ["Line 2", "is empty"]),
        ("patient,day\nA,9\n", ["--status"]),
        ("USUBJID,AVAL,CNSR\nA,9,1\n", ["CNSR", "the other way round"]),
        ("patient,lesion,day,status\nA,1,9,0\nA,1,8,0\n", ["Lines 2 and 3", "same lesion"]),
    ],
)
def test_what_is_wrong_with_followed_lesions_is_said(text, words):
    said = refusal(lambda: followed_table(table(text)))
    assert [word for word in words if word not in said] == []


def test_ratings_are_read_with_their_patients_and_blank_ones_are_none():
    found = ratings_of(table("patient,lesion,reader,verdict\nA,1,R1,x\nA,1,R2,\nB,1,R1,y\n"))
    assert found == (Rating("A 1", "R1", "x", "A"), Rating("B 1", "R1", "y", "B"))
    units = ratings_of(table("subject,rater,rating\nS1,R1,x\n"))
    assert units == (Rating("S1", "R1", "x", ""),)
    asked = RatingColumns(unit="u", rater="r", category="c")
    assert ratings_of(table("u,r,c\n1,2,3\n"), asked) == (Rating("1", "2", "3"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unit,rater,category\nu,A,x\nu,A,y\n", ["Lines 2 and 3", "one rater"]),
        ("unit,rater,category\nu,,x\n", ["Line 2", "column “rater”"]),
        ("unit,category\nu,x\n", ["--rater"]),
    ],
)
def test_what_is_wrong_with_ratings_is_said(text, words):
    said = refusal(lambda: ratings_of(table(text)))
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    "text",
    [
        ",x,y\nx,20,5\ny,10,15\n",
        ",y,x\nx,5,20\ny,15,10\n",
        "reader A \\ reader B;x;y\nx;20;5\ny;10;15\n",
    ],
)
def test_a_cross_table_is_read_by_the_names_of_its_rows(text):
    rows = cross_rows(text.encode())
    assert is_cross_table(rows)
    found = cross_table_of(rows)
    assert (found.categories, found.counts) == (("x", "y"), ((20, 5), (10, 15)))


def test_a_cross_table_without_names_is_numbered():
    rows = cross_rows(b"118,5\n2,0\n")
    assert cross_table_of(rows).counts == ((118, 5), (2, 0))
    assert cross_table_of(rows).categories == ("1", "2")


def test_a_list_of_ratings_is_no_cross_table_and_other_names_in_rows_are_refused():
    assert not is_cross_table(cross_rows(b"unit,rater,category\nu,A,x\nu,B,y\n"))
    assert cross_rows(b"unit,rater,category\n" + b"u,A,x\n" * 30) is None
    assert "other categories" in refusal(lambda: cross_table_of(cross_rows(b",x,y\nx,1,2\nz,3,4\n")))

"""`casebook stats`: the reference page through the command, tables of every kind, and failures that say what to do."""

import json

import pytest
from typer.testing import CliRunner

from casebook.domain.errors import Invalid
from services.command.main import application
from tests.stats.reference import CONTROL, D25, F20, FOURTEEN, TREATED
from tests.stats.test_clustered import EXCHANGEABLE, INTERVALS, TABLE, printed
from tests.stats.test_published_tables import PUBLISHED

APP = application(["stats"])
SETS = {"control": CONTROL, "treated": TREATED, "d25": D25, "f20": F20}
NAMES = {"m": "n_patients", "n": "n_lesions", "y": "n_nonviable", "p": "share", "se": "se"}
NAMES |= {"deff": "design_effect", "n_eff": "n_effective", "logit_t": "primary_interval"}
NAMES |= {"exact_lesions": "clopper_pearson_ignoring_clusters"}


def run(*arguments, text=None):
    found = CliRunner().invoke(APP, ["stats", *map(str, arguments)], input=text, catch_exceptions=True)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def asked(*arguments, text):
    found = run(*arguments, "-", "--json", text=text)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def csv_of(name):
    return "patient,n,y\n" + "".join(f"P{i},{n},{y}\n" for i, (n, y) in enumerate(zip(*SETS[name], strict=True)))


@pytest.fixture(scope="module")
def reports():
    return {name: asked("clustered", text=csv_of(name)) for name in SETS}


@pytest.mark.parametrize(("data", "quantity", "expected", "decimals"), TABLE)
def test_a_quantity_equals_the_reference(reports, data, quantity, expected, decimals):
    assert reports[data][NAMES[quantity]] == printed(expected, decimals)


@pytest.mark.parametrize(("data", "method", "lower", "upper", "decimals"), INTERVALS)
def test_an_interval_equals_the_reference(reports, data, method, lower, upper, decimals):
    interval = reports[data][NAMES.get(method, method)]
    assert interval == [printed(lower, decimals), printed(upper, decimals)]


@pytest.mark.parametrize(("data", "b", "se", "alpha"), EXCHANGEABLE)
def test_the_exchangeable_model_equals_the_reference(reports, data, b, se, alpha):
    found = reports[data]["gee_exchangeable"]
    assert [found["beta"], found["robust_se"], found["alpha"]] == [printed(b, 8), printed(se, 8), printed(alpha, 8)]


def test_one_line_per_lesion_gives_the_same_report_as_counts(reports):
    lines = [
        f"P{patient},{lesion},{int(lesion < y)}\n"
        for patient, (n, y) in enumerate(zip(*F20, strict=True))
        for lesion in range(n)
    ]
    assert asked("clustered", text="patient,lesion,NONVIABN\n" + "".join(lines)) == reports["f20"]


@pytest.mark.parametrize(("source", "y", "n", "share", "lower", "upper"), PUBLISHED)
def test_a_published_table_prints_its_exact_interval_and_says_that_it_ignores_clustering(
    source, y, n, share, lower, upper
):
    lines = "".join(f"{source} {number},{int(number < y)}\n" for number in range(n))
    found = run("clustered", "-", "--decimals", "3", text=f"patient,nonviable\n{lines}".replace(source, "P"))
    (naive,) = [line for line in found.stdout.splitlines() if "Clopper-Pearson, IGNORES CLUSTERING" in line]
    shown = [f"{float(word) * 100:.1f}" for word in naive.split() if word[0].isdigit()]
    assert shown == [share, lower, upper]


@pytest.mark.parametrize(
    ("text", "degenerate", "method"),
    [
        ("patient,n,y\nA,118,0\n", "one-patient", None),
        ("patient,n,y\nA,3,3\nB,2,2\n", "all-non-viable", "clopper-pearson-patients"),
        ("patient,n,y\nA,3,0\nB,2,0\n", "none-non-viable", "clopper-pearson-patients"),
        ("patient,n,y\nA,2,1\nB,4,2\n", "no-variation-between-patients", "clopper-pearson-patients"),
        ("patient,n,y\nA,0,0\n", "no-lesions", None),
        ("patient,nonviable\nA,\nB,\n", "no-lesions", None),
    ],
)
def test_degenerate_data_are_flagged_in_words_and_in_json(text, degenerate, method):
    found = asked("clustered", "--threshold", "0.85", text=text)
    assert (found["degenerate"], found["primary_method"], found["test"]) == (degenerate, method, None)
    assert (found["gee_exchangeable"], found["bootstrap"]) == (None, None)
    shown = run("clustered", "-", "--threshold", "0.85", text=text)
    assert shown.exit_code == 0
    assert "degenerate" in shown.stdout
    assert "Warning" not in shown.output


def test_what_is_not_evaluable_moves_the_bounds_alone():
    found = asked("clustered", text="patient,nonviable\nA,1\nA,0\nB,1\nB,\nC,\n")
    assert (found["n_lesions"], found["bounds"]["n_unknown"]) == (3, 2)
    assert (found["bounds"]["as_viable"]["n_nonviable"], found["bounds"]["as_nonviable"]["n_nonviable"]) == (2, 4)
    assert found["bounds"]["as_viable"]["n_lesions"] == 5


def test_threshold_level_seed_and_decimals_are_taken():
    found = asked("clustered", "--threshold", "0.5", "--level", "0.9", "--seed", "7", text=csv_of("d25"))
    assert (found["level"], found["seed"], found["test"]["df"]) == (0.9, 7, 24)
    shown = run("clustered", "-", "--decimals", "8", "--threshold", "0.5", text=csv_of("d25")).stdout
    assert "0.42005633 to 0.75647914" in shown
    assert "one-sided p, H0: p <= 0.5" in shown


def test_a_small_p_value_is_not_printed_as_nothing():
    shown = run("clustered", "-", "--threshold", "0.1", "--decimals", "3", text=csv_of("control")).stdout
    assert "< 0.001" in shown


def test_many_patients_are_no_trouble():
    text = "patient,n,y\n" + "".join(f"P{i},{i % 7 + 1},{i % (i % 7 + 2)}\n" for i in range(20_000))
    assert asked("clustered", text=text)["n_patients"] == 20_000


def test_the_two_year_rule_equals_the_reference():
    text = "lesion,day,status\n" + "".join(f"{name},{day},{status}\n" for name, (day, status) in FOURTEEN.items())
    found = asked("survival", text=text)
    assert (found["n_recurred"], found["n_free"], found["n_not_evaluable"]) == (4, 5, 5)
    assert found["complete_case"]["clopper_pearson_ignoring_clusters"] == [printed(0.2120, 4), printed(0.8630, 4)]
    assert found["recurrence_free"]["value"] == printed(0.6527, 4)
    assert found["incidence_recurrence"]["value"] == printed(0.3297, 4)
    assert found["incidence_death"]["value"] == printed(0.0769, 4)
    windowed = asked("survival", "--window", "30", text=text)["complete_case"]
    assert (windowed["n_nonviable"], windowed["n_lesions"]) == (6, 10)
    shown = run("survival", "-", text=text).stdout
    assert "biased towards failure" in shown
    assert "taken as a patient of its own" in shown


def test_agreement_of_a_cross_table_and_of_ratings_equals_the_reference():
    found = asked("agreement", text=",x,y\nx,118,5\ny,2,0\n")
    assert found["kappa"]["value"] == printed(-0.023392, 6)
    assert found["ac1"]["value"] == printed(0.940776, 6)
    ratings = "unit,rater,category\n" + "".join(f"u{n},A,x\nu{n},B,{'xy'[n % 5 == 0]}\n" for n in range(20))
    assert asked("agreement", text=ratings)["raw"]["value"] == pytest.approx(0.8)
    shown = run("agreement", "-", text=",x,y\nx,118,5\ny,2,0\n").stdout
    assert all(name in shown for name in ("raw agreement", "Cohen's kappa", "AC1", "Fleiss' kappa", "118"))


def test_a_file_is_read_as_standard_input_is(tmp_path):
    path = tmp_path / "d25.csv"
    path.write_text(csv_of("d25"), encoding="utf-8")
    assert run("clustered", path, "--json").stdout == run("clustered", "-", "--json", text=csv_of("d25")).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clustered", "/no/such.csv"], "There is no file"),
        (["clustered", "/"], "There is no file"),
        (["clustered", "-", "--threshold", "85"], "threshold"),
        (["clustered", "-", "--where", "n"], "COLUMN=VALUE"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, words):
    with pytest.raises(Invalid, match=words):
        run(*arguments, text=csv_of("d25"))

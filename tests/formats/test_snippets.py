"""The programs of an export run as they stand, in its folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from casebook.formats.formats import Format, write
from casebook.stats.clustered import clustered_proportion
from tests.formats.samples import about, awkward, lesions
from tests.stats.reference import CONTROL, D25, F20, TREATED

RSCRIPT = shutil.which("Rscript")
CHECKS_OF_PYTHON = """
import sys
sys.path.insert(0, "snippets")
import pandas as pd
from read import READERS, read_all
tables = {kind: read_all(kind) for kind in READERS}
for kind, found in tables.items():
    assert list(found) == ["adles", "adx"], kind
    for name, other in tables["parquet"].items():
        one = found[name]
        assert list(one.columns) == list(other.columns), (kind, name)
        for column in one.columns:
            if column.endswith("DT"):
                left, right = pd.to_datetime(one[column]), pd.to_datetime(other[column])
            else:
                left, right = one[column], other[column]
            left = [None if pd.isna(cell) else cell for cell in left]
            right = [None if pd.isna(cell) else cell for cell in right]
            assert left == right, (kind, name, column)
print("equal")
"""
CHECKS_OF_R = """
source("snippets/read_csv.R")
source("snippets/read_xpt.R"); from_haven <- datasets
requireNamespace <- function(...) FALSE
source("snippets/read_xpt.R"); from_foreign <- datasets
source("snippets/read_dataset_json.R"); from_json <- datasets
plain <- function(cells) { attributes(cells) <- NULL; if (is.character(cells)) enc2utf8(cells) else as.numeric(cells) }
for (name in c("adles", "adx")) for (variable in names(from_json[[name]])) {
  known <- from_json[[name]][[variable]]
  from_csv <- get(name)[[variable]]
  for (other in list(from_haven[[name]][[variable]], from_foreign[[name]][[variable]])) {
    stopifnot(identical(plain(other), plain(known)), identical(attr(other, "label"), attr(known, "label")))
    stopifnot(identical(inherits(other, "Date"), inherits(known, "Date")))
  }
  # read.csv of R makes every line end \\n
  if (is.character(known)) known[] <- gsub("\\r\\n?", "\\n", known)
  stopifnot(identical(plain(from_csv), plain(known)), identical(attr(from_csv, "label"), attr(known, "label")))
}
cat("equal\\n")
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("export")
    write_into(root, *F20)
    return root


def write_into(root: Path, n, y) -> None:
    for into in Format:
        for file in write([lesions(n, y), awkward()], into, about()):
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_bytes(file.content)


def run(*command: str, folder: Path) -> str:
    # neither the program's own packages nor a locale of this machine: only what the snippet asks for
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run_r(*arguments: str, folder: Path) -> str:
    if RSCRIPT is None:
        pytest.skip("R is not here, and its snippets were not run: apt-get install r-base-core r-cran-haven")
    return run(RSCRIPT, *arguments, folder=folder)


def needing(package: str, folder: Path) -> None:
    if run_r("-e", f"cat(requireNamespace('{package}', quietly = TRUE))", folder=folder) != "TRUE":
        pytest.skip(f"The R package {package} is not here: apt-get install r-cran-{package}")


def test_the_python_snippet_reads_every_format_alike(export):
    assert run(sys.executable, "snippets/read.py", folder=export).splitlines() == [
        f"{kind} {name}: {rows} rows, {columns} variables"
        for kind in ("parquet", "csv", "xpt", "dataset-json")
        for name, rows, columns in (("adles", 88, 10), ("adx", 25, 8))
    ]
    assert run(sys.executable, "-c", CHECKS_OF_PYTHON, folder=export) == "equal\n"


@pytest.mark.parametrize("published", [F20, D25, CONTROL, TREATED], ids=["f20", "d25", "control", "treated"])
def test_r_recomputes_the_primary_interval_to_eight_digits(tmp_path, published):
    write_into(tmp_path, *published)
    *_, line = run_r("snippets/primary_interval.R", folder=tmp_path).splitlines()
    interval = clustered_proportion(*published).logit_t
    assert [float(bound) for bound in line.removeprefix("interval ").split()] == pytest.approx(
        [interval.lower, interval.upper], abs=5e-9
    )


def test_r_says_so_where_the_primary_interval_is_degenerate(tmp_path):
    write_into(tmp_path, [2, 1, 3], [2, 1, 3])
    said = run_r("snippets/primary_interval.R", "0.9", folder=tmp_path)
    exact = clustered_proportion([2, 1, 3], [2, 1, 3], level=0.9).exact_patients
    assert f"degenerate: {exact.lower:.10f} to {exact.upper:.10f}" in said


def test_r_reads_csv_transport_and_dataset_json_alike(export):
    for package in ("haven", "foreign", "jsonlite"):
        needing(package, export)
    assert run_r("-e", CHECKS_OF_R, folder=export).splitlines()[-1] == "equal"


def test_the_interval_is_only_offered_with_the_lesions():
    assert "snippets/primary_interval.R" not in {file.path for file in write([awkward()], Format.SNIPPETS, about())}


def test_the_name_of_a_cut_cannot_end_a_comment():
    named = about(cut_name="""x */ %put it; "\n\"\"\" import os \\""")
    said = {file.path: file.content.decode() for file in write([awkward()], Format.SNIPPETS, named)}
    assert said["snippets/read_xpt.sas"].startswith("/* DREAM, data cut x     put it ")
    compile(said["snippets/read.py"], "read.py", "exec")
    assert said["snippets/read.py"].splitlines()[0].endswith("from each format that is there.")


def test_the_sas_snippet_brings_every_dataset_with_the_meaning_of_its_codes(export):
    said = (export / "snippets" / "read_xpt.sas").read_text()
    assert "%bring(adles)" in said
    assert "value $NY_\n    'N' = 'No'\n    'Y' = 'Yes'\n  ;" in said
    assert "format CDLMFL $NY_.;" in said

"""{{ about.study_code }}, data cut {{ about.cut_name }}: every dataset in Python, from each format that is there.

From the folder of the export:  python snippets/read.py
Needs pandas, and pyarrow for Parquet, pyreadstat for SAS transport files.
"""

import json
import re
from pathlib import Path

import pandas as pd

ESCAPES = re.compile(r"(?:\\u[0-9a-f]{4})+")
FORMULA = re.compile(r"^'(?='*[=+\-@\t\r\n＝＋－＠])")
DAYS = {{ days | python }}
TEXTS = {{ texts | python }}
FURTHER = {{ further | python }}


def unescaped(text):
    """SAS transport files hold ASCII: other characters are written as an escape, and are made characters again."""
    return ESCAPES.sub(lambda found: json.loads(f'"{found[0]}"'), text)


def read_parquet(path):
    """Types come from the file; labels and meanings are in pyarrow.parquet.read_schema(path).field(name).metadata."""
    return pd.read_parquet(path)


def read_csv(path):
    """In CSV a text that a spreadsheet would run as a formula stands behind an apostrophe; it is taken away again."""
    name = path.stem
    types = dict.fromkeys(TEXTS[name], "object")
    found = pd.read_csv(path, dtype=types, parse_dates=DAYS[name], keep_default_na=False, na_values=[""])
    for variable in TEXTS[name]:
        found[variable] = found[variable].map(lambda text: FORMULA.sub("", text), na_action="ignore")
    return found


def read_xpt(path):
    """Text after 200 bytes goes on in further variables, which are put together again."""
    import pyreadstat

    found, about = pyreadstat.read_xport(path, disable_datetime_conversion=False)
    further = FURTHER.get(path.stem, {})
    for variable in TEXTS[path.stem]:
        text = found[variable].fillna("").astype(object)
        for part in further.get(variable, []):
            text = text + found[part].fillna("")
        text = text.map(unescaped)
        found[variable] = text.where(text != "", None)
    found = found.drop(columns=[part for parts in further.values() for part in parts])
    found.attrs["labels"] = about.column_names_to_labels
    return found


def read_dataset_json(path):
    """Days are ISO 8601 text; they are made days here."""
    read = json.loads(path.read_text(encoding="utf-8"))
    found = pd.DataFrame(read["rows"], columns=[column["name"] for column in read["columns"]])
    for column in read["columns"]:
        if column.get("targetDataType") == "integer":
            found[column["name"]] = pd.to_datetime(found[column["name"]])
    found.attrs["labels"] = {column["name"]: column["label"] for column in read["columns"]}
    return found


READERS = {"parquet": read_parquet, "csv": read_csv, "xpt": read_xpt, "dataset-json": read_dataset_json}
ENDINGS = {"parquet": "parquet", "csv": "csv", "xpt": "xpt", "dataset-json": "json"}


def read_all(kind):
    """Give every dataset of one format by name."""
    return {path.stem: READERS[kind](path) for path in sorted(Path(kind).glob(f"*.{ENDINGS[kind]}"))}


if __name__ == "__main__":
    for kind in READERS:
        for name, dataset in read_all(kind).items():
            print(f"{kind} {name}: {len(dataset)} rows, {len(dataset.columns)} variables")

"""Datasets of awkward content."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import CodeList, Dataset, Kind, Origin, Shape, Standard, Value, Variable, dataset
from casebook.domain.texts import Text


def text(en: str, ja: str = "日本語") -> Text:
    return Text(en, ja)


YES_NO = CodeList(
    "NY", text("No Yes Response", "はい・いいえ"), {"N": text("No", "いいえ"), "Y": text("Yes", "はい")}, "NY"
)


def a_variable(name: str = "NOTE", kind: Kind = Kind.TEXT, **changes) -> Variable:
    return Variable(name, text(f"Label of {name}", f"{name} の名称"), kind, Origin.COLLECTED, **changes)


VARIABLES = (
    Variable("STUDYID", text("Study Identifier", "試験"), Kind.TEXT, Origin.PROTOCOL, length=12, is_mandatory=True),
    Variable(
        "USUBJID", text("Unique Subject Identifier", "患者"), Kind.TEXT, Origin.ASSIGNED, length=24, is_mandatory=True
    ),
    Variable("LESID", text("Lesion Identifier", "病変"), Kind.TEXT, Origin.ASSIGNED, length=8, is_mandatory=True),
    a_variable("NOTE", source="surgery.remarks"),
    a_variable(
        "CDLMFL",
        length=1,
        codes=YES_NO,
        derivation=text("Y where <b>all</b> & every one is absent", "すべて消失なら Y"),
    ),
    a_variable("BASEDIAM", Kind.DECIMAL, decimals=2),
    a_variable("FUPDY", Kind.INTEGER),
    a_variable("FUPDT", Kind.DATE),
)


def a_shape(
    name: str = "ADX", standard: Standard = Standard.ADAM, variables: tuple[Variable, ...] = VARIABLES, **changes
) -> Shape:
    given = {
        "label": text(f"Label of {name}", f"{name} の名称"),
        "observation_class": "BASIC DATA STRUCTURE" if standard is Standard.ADAM else "FINDINGS",
        "structure": text("One row per lesion", "病変ごとに1行"),
        "keys": ("USUBJID", "LESID"),
    }
    return Shape(name=name, standard=standard, variables=variables, **(given | changes))


def a_row(number: int, **cells: Value) -> dict[str, Value]:
    return {"STUDYID": "DREAM", "USUBJID": f"DREAM-{number:04}", "LESID": "L1"} | cells


AWKWARD = (
    '"quoted", and commas',
    "line\nbreak\r\nand more",
    "肝S8、φ12mmの病変は消失 — 再発なし",
    "😀 é µ ≥",
    "=1+1",
    "+81-3",
    "-4",
    "@name",
    "\tTab",
    "＝1",
    "'=1",
    "back\\slash and \\u0041",
    " blank before",
    "blank after ",
    " ",
    "x" * 200,
    "x" * 199 + " y",
    "two  blanks",
    "a" * 198 + "    " + "b" * 300,
    "転移" * 60,
    "NA",
    "NULL",
    "1.50",
    "2019-02-30",
)
NUMBERS = (Decimal("-0.01"), Decimal("12.50"), Decimal(0), Decimal("99999.99"), Decimal(-7), None)
DAYS = (date(1960, 1, 1), date(1959, 12, 31), date(2019, 7, 18), date(1900, 3, 1), None)


def awkward_rows() -> Iterable[Mapping[str, Value]]:
    yield a_row(0)
    for number, note in enumerate(AWKWARD, 1):
        yield a_row(
            number,
            NOTE=note,
            CDLMFL=("Y", "N", None)[number % 3],
            BASEDIAM=NUMBERS[number % len(NUMBERS)],
            FUPDY=(-3, 730, 2**53, None)[number % 4],
            FUPDT=DAYS[number % len(DAYS)],
        )


def awkward() -> Dataset:
    return dataset(a_shape(), awkward_rows())


def about(**changes) -> About:
    given = {
        "study_code": "DREAM",
        "study_title": text("Disappearing <lesions> & more", "消失した病変"),
        "definition_version": "1.1",
        "cut_name": "interim-2019",
        "as_of": date(2019, 7, 18),
        "made_at": datetime(2019, 7, 19, 8, 5, 9, tzinfo=UTC),
        "is_interim": True,
        "rule_versions": ("cdlm-1", "outcome-2"),
        "program_version": "0.1.0",
        "polarity": text("Share of cDLM that are truly non-viable", "真に消失していた割合"),
    }
    return About(**(given | changes))


def lesions(n: Iterable[int], y: Iterable[int]) -> Dataset:
    """ADLES of patients with `n` evaluable cDLM, `y` of them non-viable, and two lesions each that do not count."""
    shape = a_shape(
        "ADLES",
        variables=(
            a_variable("USUBJID"),
            a_variable("LESID"),
            a_variable("CLUSTER"),
            a_variable("CDLMFL", codes=YES_NO),
            a_variable("NONVIABN", Kind.INTEGER),
            a_variable("ANL01FL", codes=YES_NO),
            *VARIABLES[3:4],
            *VARIABLES[5:],
        ),
    )
    records: list[Mapping[str, Value]] = []
    for number, (all_of_patient, nonviable) in enumerate(zip(n, y, strict=True), 1):
        patient = {"USUBJID": f"DREAM-{number:04}", "CLUSTER": f"DREAM-{number:04}"}
        records += [
            patient | {"LESID": f"L{place}", "CDLMFL": "Y", "NONVIABN": int(place <= nonviable), "ANL01FL": "Y"}
            for place in range(1, all_of_patient + 1)
        ]
        records.append(patient | {"LESID": "L90", "CDLMFL": "Y", "NOTE": "not evaluable: =1+1\n消失"})
        records.append(
            patient | {"LESID": "L91", "CDLMFL": "N", "NONVIABN": 0, "FUPDT": date(2019, 7, 18), "FUPDY": -1}
        )
    return dataset(shape, records)

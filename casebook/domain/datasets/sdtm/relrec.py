"""RELREC: which rows of one domain belong to which of another, dataset by dataset (SDTMIG 3.4, 8.3.2)."""

from collections.abc import Iterator
from typing import Final

from casebook.domain.datasets.columns import assigned
from casebook.domain.datasets.identifiers import STUDYID
from casebook.domain.datasets.model import CodeList, Dataset, Shape, Standard, Value, dataset
from casebook.domain.texts import Text

_TYPES: Final = CodeList(
    "RELTYPE",
    Text("Relationship Type", "関係の種類"),
    {"ONE": Text("One record", "1件"), "MANY": Text("Many records", "複数件")},
    "RELTYPE",
)
SHAPE: Final = Shape(
    name="RELREC",
    label=Text("Related Records", "レコードの関係"),
    standard=Standard.SDTM,
    observation_class="RELATIONSHIP",
    structure=Text("One record per side of a relationship", "関係の片側ごとに1件"),
    keys=("STUDYID", "RELID", "RDOMAIN"),
    variables=(
        STUDYID,
        assigned("RDOMAIN", "Related Domain Abbreviation", "ドメイン", 2, is_mandatory=True),
        assigned("USUBJID", "Unique Subject Identifier", "被験者識別子（全試験で一意）", 40),
        assigned("IDVAR", "Identifying Variable", "識別変数", 8, is_mandatory=True),
        assigned("IDVARVAL", "Identifying Variable Value", "識別変数の値", 12),
        assigned("RELTYPE", "Relationship Type", "関係の種類", 4, codes=_TYPES),
        assigned("RELID", "Relationship Identifier", "関係の識別子", 8, is_mandatory=True),
    ),
)
RELATIONS: Final = (
    ("TUTR", ("TU", "TULNKID", "ONE"), ("TR", "TRLNKID", "MANY")),
    ("TUMI", ("TU", "TULNKID", "ONE"), ("MI", "MILNKID", "MANY")),
    ("TUFA", ("TU", "TULNKID", "ONE"), ("FA", "FALNKID", "MANY")),
    ("TUPR", ("TU", "TULNKID", "ONE"), ("PR", "PRLNKID", "MANY")),
    ("PRTR", ("PR", "PRLNKGRP", "MANY"), ("TR", "TRLNKGRP", "MANY")),
    ("PRFA", ("PR", "PRLNKGRP", "MANY"), ("FA", "FALNKGRP", "MANY")),
)
"""By lesion and evaluator (LNKID); by scan and operation (LNKGRP)."""


def relrec(study_code: str) -> Dataset:
    """Return the relations of a study's domains; they hold for all subjects."""
    return dataset(SHAPE, _rows(study_code))


def _rows(study_code: str) -> Iterator[dict[str, Value]]:
    for name, *sides in RELATIONS:
        for domain, variable, how_many in sides:
            yield {
                "STUDYID": study_code,
                "RDOMAIN": domain,
                "IDVAR": variable,
                "RELTYPE": how_many,
                "RELID": name,
            }

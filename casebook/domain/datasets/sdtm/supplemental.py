"""SUPP--: what is said beside the rows of a domain and has no variable there (SDTMIG 3.4, 8.4)."""

from dataclasses import dataclass
from typing import Final

from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.identifiers import STUDYID, USUBJID, usubjid
from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import CodeList, Origin, Shape, Standard, Value
from casebook.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Qualifier:
    """One value beside a row: name (at most 8 characters), label (at most 40), value."""

    name: str
    label: str
    value: str
    origin: Origin = Origin.COLLECTED


_WITHOUT_SEQ: Final = frozenset({"DM"})
"""Domains with one row a subject: their qualifiers name no row."""
_ORIGINS: Final = CodeList(
    "QORIG",
    Text("Origin of a supplemental value", "補足値の由来"),
    {
        Origin.COLLECTED.value: Text("Recorded", "記録"),
        Origin.DERIVED.value: Text("Follows from others", "導出"),
        Origin.ASSIGNED.value: Text("Given by the program", "付与"),
    },
)


def supplemental_shape(parent: Shape) -> Shape:
    """Return the shape of the supplemental qualifiers of a domain."""
    return Shape(
        name=f"SUPP{parent.name}",
        label=Text(f"Supplemental Qualifiers for {parent.name}", f"{parent.name}の補足項目"),
        standard=Standard.SDTM,
        observation_class="RELATIONSHIP",
        structure=Text("One record per qualifier and parent record", "親レコード・項目ごとに1件"),
        keys=("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        variables=(
            STUDYID,
            assigned("RDOMAIN", "Related Domain Abbreviation", "親ドメイン", 2, is_mandatory=True),
            USUBJID,
            assigned("IDVAR", "Identifying Variable", "識別変数", 8),
            assigned("IDVARVAL", "Identifying Variable Value", "識別変数の値", 12),
            assigned("QNAM", "Qualifier Variable Name", "項目名", 8, is_mandatory=True),
            assigned("QLABEL", "Qualifier Variable Label", "項目の名称", 40, is_mandatory=True),
            text("QVAL", "Data Value", "値", is_mandatory=True),
            assigned("QORIG", "Origin", "由来", 20, codes=_ORIGINS, is_mandatory=True),
            assigned("QEVAL", "Evaluator", "評価者", 40),
        ),
    )


def supplemental_record(subject: SubjectMaterial, domain: str, seq: int, said: Qualifier) -> dict[str, Value]:
    """Return the row of one qualifier."""
    has_seq = domain not in _WITHOUT_SEQ
    return {
        "STUDYID": subject.definition.code,
        "RDOMAIN": domain,
        "USUBJID": usubjid(subject),
        "IDVAR": f"{domain}SEQ" if has_seq else None,
        "IDVARVAL": str(seq) if has_seq else None,
        "QNAM": said.name,
        "QLABEL": said.label,
        "QVAL": said.value,
        "QORIG": said.origin.value,
    }


def qualifiers(*said: tuple[str, str, str | None], origin: Origin = Origin.COLLECTED) -> tuple[Qualifier, ...]:
    """Return the qualifiers that have a value, of name, label and value each."""
    return tuple(Qualifier(name, label, value, origin) for name, label, value in said if value)

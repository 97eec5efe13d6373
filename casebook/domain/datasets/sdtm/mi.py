"""MI: what pathology says of each lesion's specimen. MIDTC is the operation; the report's day stands in SUPPMI."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.identifiers import Record
from casebook.domain.datasets.material import FilledForm, SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard, Value
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.evaluators import INVESTIGATOR
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.supplemental import qualifiers
from casebook.domain.datasets.sdtm.variables import before_exposure, dated, identifiers, links, results, test, visit
from casebook.domain.datasets.sdtm.visits import intraoperative
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Answers
from casebook.domain.lesion_events import in_order
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="MI",
    label=Text("Microscopic Findings", "病理所見"),
    standard=Standard.SDTM,
    observation_class="FINDINGS",
    structure=Text("One record per test, lesion and report", "項目・病変・報告ごとに1件"),
    keys=("STUDYID", "USUBJID", "MISEQ"),
    variables=(
        *identifiers("MI"),
        *links("MI"),
        *test("MI", terms.PATHOLOGY_TEST, "Microscopic Examination Short Name", "Microscopic Examination Name"),
        *results("MI", numeric=True),
        assigned("MISPEC", "Specimen Material Type", "検体", 20, is_mandatory=True),
        text("MISPCCND", "Specimen Condition", "検体の状態", 40),
        assigned("MILOC", "Specimen Collection Location", "採取部位", 20, codes=terms.LIVER),
        assigned("MIMETHOD", "Method of Test or Examination", "方法", 40, codes=terms.METHOD),
        before_exposure("MI"),
        assigned("MIEVAL", "Evaluator", "評価者", 40, codes=words.EVALUATOR),
        *visit(),
        *dated("MI", "Specimen Collection", "検体採取"),
    ),
)
_FIELDS: Final = {
    "MATCH": "matching",
    "VIABCELL": "viable_cells",
    "VIABPCT": "viable_percent",
    "TRG": "regression_grade",
    "LDIAM": "diameter_mm",
    "MARGIN": "margin",
}
_UNITS: Final = {"VIABPCT": "%", "LDIAM": "mm"}


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    at = intraoperative(subject.definition)
    for reported_on, form in subject.filled("pathology", "reported_on"):
        if reported_on <= as_of:
            for label, answers in form.entry.lesions.items():
                yield from _of_lesion(form, reported_on, label, answers, at)


def _of_lesion(form: FilledForm, reported_on: date, label: str, answers: Answers, at: Record) -> Iterator[Observation]:
    operated_on = form.entry.day("operated_on")
    for code, field in _FIELDS.items():
        said = _said(code, answers.get(field))
        if said is None:
            continue
        row: dict[str, Value] = {
            "MISPID": label,
            "MILNKID": INVESTIGATOR.link(label),
            "MILNKGRP": f"PATH-{form.ordinal}",
            "MITESTCD": code,
            "MITEST": terms.PATHOLOGY_TEST.terms[code].en,
            **said,
            "MISPEC": "TISSUE",
            "MILOC": "LIVER",
            "MIMETHOD": "MICROSCOPY",
            "MIEVAL": INVESTIGATOR.role,
            **at,
            "MIDTC": iso(operated_on),
        }
        order = (iso(operated_on) or "", *in_order(label), reported_on.isoformat(), form.ordinal, code)
        beside = qualifiers(("RPTDTC", "Date of the Pathology Report", iso(reported_on)))
        yield Observation(row, order, beside, (("MI", label, code, iso(operated_on) or ""),))


def _said(code: str, answer: object) -> dict[str, Value] | None:
    if isinstance(answer, str):
        return {"MIORRES": upper(answer), "MISTRESC": upper(answer)}
    if isinstance(answer, Decimal):
        unit = _UNITS.get(code)
        said = str(answer)
        return {"MIORRES": said, "MIORRESU": unit, "MISTRESC": said, "MISTRESN": answer, "MISTRESU": unit}
    return None


MI: Final = Domain(SHAPE, _observe)

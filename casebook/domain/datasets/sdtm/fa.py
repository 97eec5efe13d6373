"""FA: what the MDT decided and planned, what surgery did with each lesion, and recurrence away from the lesions' sites.

FALNKID names the lesion, FALNKGRP the operation or the follow-up imaging. Reasons that a person typed stay behind.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.identifiers import Record
from casebook.domain.datasets.material import FilledForm, SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard, Value
from casebook.domain.datasets.operations import OperatedLesion, operations, ultrasound_said
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.evaluators import INVESTIGATOR
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.variables import before_exposure, dated, identifiers, links, test, visit
from casebook.domain.datasets.sdtm.visits import follow_up_group, intraoperative, operation_group
from casebook.domain.datasets.sdtm.visits import visit as visit_values
from casebook.domain.datasets.words import upper
from casebook.domain.lesion_events import in_order
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="FA",
    label=Text("Findings About Events or Interventions", "判断・手術・追跡の所見"),
    standard=Standard.SDTM,
    observation_class="FINDINGS ABOUT",
    structure=Text("One record per finding about a subject or a lesion", "症例・病変の所見ごとに1件"),
    keys=("STUDYID", "USUBJID", "FASEQ"),
    variables=(
        *identifiers("FA"),
        *links("FA"),
        *test("FA", terms.ABOUT_TEST, "Findings About Test Short Name", "Findings About Test Name"),
        assigned("FAOBJ", "Object of the Observation", "対象", 40, is_mandatory=True),
        assigned("FACAT", "Category for Findings About", "区分", 20, codes=terms.ABOUT_CATEGORY),
        text("FAORRES", "Result or Finding in Original Units", "結果（原単位）", 60),
        text("FASTRESC", "Character Result/Finding in Std Format", "標準化結果（文字）", 60),
        assigned("FALOC", "Location of the Finding About", "部位", 20, codes=terms.LIVER),
        before_exposure("FA"),
        assigned("FAEVAL", "Evaluator", "評価者", 40, codes=words.EVALUATOR),
        *visit(),
        *dated("FA", "Collection", "所見"),
    ),
)
METASTASES: Final = "LIVER METASTASES"
LESION: Final = "LIVER METASTASIS"


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    for on, form in subject.filled("mdt-decision", "decided_on"):
        if on <= as_of:
            yield from _decision(form, on)
    for on, form in operations(subject, as_of):
        yield from _operation(form, on, intraoperative(subject.definition))
    for on, form in subject.filled("follow-up", "imaged_on"):
        if on <= as_of:
            yield from _elsewhere(subject, form, on)


def _row(
    code: str, said: str, category: str, on: date, *, group: str, label: str | None = None, at: Record | None = None
) -> Observation:
    row: dict[str, Value] = {
        "FATESTCD": code,
        "FATEST": terms.ABOUT_TEST.terms[code].en,
        "FAOBJ": LESION if label else METASTASES,
        "FACAT": category,
        "FAORRES": said,
        "FASTRESC": said,
        "FALOC": "LIVER",
        "FAEVAL": INVESTIGATOR.role,
        "FALNKGRP": group,
        "FADTC": iso(on),
        **(at or {}),
    }
    place = in_order(label) if label else ("", 0)
    if label:
        row |= {"FASPID": label, "FALNKID": INVESTIGATOR.link(label)}
    marks = (("FA", label, code, on.isoformat()),) if label else ()
    return Observation(row, (on.isoformat(), category, group, *place, code), marks=marks)


def _decision(form: FilledForm, on: date) -> Iterator[Observation]:
    group = f"MDT-{form.ordinal}"
    decided = form.entry.word("resectability")
    if decided:
        yield _row("RESECTAB", upper(decided), "MDT DECISION", on, group=group)
    for label, answers in form.entry.lesions.items():
        plan = answers.get("plan")
        if isinstance(plan, str):
            yield _row("PLAN", upper(plan), "MDT DECISION", on, label=label, group=group)


def _operation(form: FilledForm, on: date, at: Record) -> Iterator[Observation]:
    group = operation_group(form.ordinal)
    for label, answers in form.entry.lesions.items():
        fate, found = answers.get("fate"), answers.get("found_by_surgeon")
        said = {
            "FATE": upper(fate) if isinstance(fate, str) else None,
            "FOUND": ("Y" if found else "N") if isinstance(found, bool) else None,
            "IOUS": ultrasound_said(OperatedLesion(on, form, answers)),
        }
        for code, value in said.items():
            if value is not None and value != "NOT DONE":
                yield _row(code, value, "SURGERY", on, label=label, group=group, at=at)


def _elsewhere(subject: SubjectMaterial, form: FilledForm, on: date) -> Iterator[Observation]:
    at = visit_values(subject.definition, form.timepoint) if form.timepoint else {}
    group = follow_up_group(form.timepoint, form.ordinal)
    for code, field in (("RECLIVER", "elsewhere_in_liver"), ("RECOUT", "outside_liver")):
        said = form.entry.word(field)
        if said:
            yield _row(code, upper(said), "FOLLOW-UP", on, group=group, at=at)


FA: Final = Domain(SHAPE, _observe)

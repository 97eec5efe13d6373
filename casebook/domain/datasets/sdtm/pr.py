"""PR: scans, operations with their ultrasound, and local treatment of a lesion's site.

PRLNKGRP names the scan or operation that findings belong to; PRLNKID the lesion that a local treatment was given to.
Whether follow-up imaging was adequate to judge the sites stands beside each of its scans (SUPPPR, ADEQFL).
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.baseline import word
from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.identifiers import flag
from casebook.domain.datasets.material import FilledForm, SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard, Value
from casebook.domain.datasets.operations import operations
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.evaluators import INVESTIGATOR
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.supplemental import Qualifier, qualifiers
from casebook.domain.datasets.sdtm.variables import dated, identifiers, links, visit
from casebook.domain.datasets.sdtm.visits import follow_up_group, intraoperative, operation_group, scan_group
from casebook.domain.datasets.sdtm.visits import visit as visit_values
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Missing
from casebook.domain.imaging import ReadingSequence
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="PR",
    label=Text("Procedures", "検査・処置"),
    standard=Standard.SDTM,
    observation_class="INTERVENTIONS",
    structure=Text("One record per scan, operation or local treatment", "検査・手術・局所治療ごとに1件"),
    keys=("STUDYID", "USUBJID", "PRSEQ"),
    variables=(
        *identifiers("PR"),
        *links("PR"),
        text("PRTRT", "Reported Name of Procedure", "検査・処置名", 40, is_mandatory=True),
        assigned("PRCAT", "Category", "区分", 20, codes=terms.PROCEDURE_CATEGORY),
        text("PRPRESP", "Pre-specified", "予定された検査", 1, codes=words.YES),
        text("PROCCUR", "Occurrence", "実施", 1, codes=words.YES_NO),
        assigned("PRLOC", "Location of Procedure", "部位", 20, codes=terms.LIVER),
        *visit(),
        *dated("PR", "Procedure", "検査・処置", is_start=True),
    ),
)
SCANS: Final = {
    "ct": "CT SCAN",
    "mri": "MRI",
    "eob-mri": "CONTRAST ENHANCED MRI",
    "pet-ct": "PET/CT SCAN",
    "ultrasound": "ULTRASOUND",
}
"""Modalities of follow-up imaging."""
SURGERY: Final = "LIVER SURGERY"
ULTRASOUND: Final = "INTRAOPERATIVE ULTRASOUND"


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    yield from _scans(subject, as_of)
    for on, form in subject.filled("follow-up", "imaged_on"):
        if on <= as_of:
            yield from _follow_up(subject, form, on)
        yield from _local_treatments(form, as_of)
    for on, form in operations(subject, as_of):
        yield from _operation(subject, form, on)


def _row(name: str, category: str, on: date | None, **values: Value) -> Observation:
    row = {"PRTRT": name, "PRCAT": category, "PRLOC": "LIVER", "PRSTDTC": iso(on), **values}
    return Observation(row, (iso(on) or "", category, name, str(values.get("PRLNKGRP") or "")))


def _scans(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    """The scans that the forms of a timepoint name: done on a day, or said not to have been done."""
    for form in subject.forms:
        if form.form != "imaging-performed" or form.timepoint is None:
            continue
        for field, sequence, name in (("ct_on", ReadingSequence.CT, "CT SCAN"), ("mri_on", ReadingSequence.EOB, "MRI")):
            answer, on = form.entry.answers.get(field), form.entry.day(field)
            if (on is not None and on <= as_of) or isinstance(answer, Missing):
                yield _row(
                    name,
                    "IMAGING",
                    on,
                    PRLNKGRP=scan_group(form.timepoint, sequence),
                    PRPRESP="Y",
                    PROCCUR=flag(on is not None),
                    **visit_values(subject.definition, form.timepoint),
                )


def _follow_up(subject: SubjectMaterial, form: FilledForm, on: date) -> Iterator[Observation]:
    used = form.entry.answers.get("modalities")
    modalities = [one for one in used if isinstance(one, str)] if isinstance(used, tuple) else []
    adequate = form.entry.answers.get("adequate")
    said = qualifiers(("ADEQFL", "Adequate to Judge the Sites", flag(adequate) if isinstance(adequate, bool) else None))
    for name in [SCANS[one] for one in modalities if one in SCANS] or ["IMAGING"]:
        row = _row(
            name,
            "IMAGING",
            on,
            PRLNKGRP=follow_up_group(form.timepoint, form.ordinal),
            **(visit_values(subject.definition, form.timepoint) if form.timepoint else {}),
        )
        yield Observation(row.values, row.order, said)


def _local_treatments(form: FilledForm, as_of: date) -> Iterator[Observation]:
    for label, answers in form.entry.lesions.items():
        on, treatment = answers.get("treated_on"), answers.get("local_treatment")
        if isinstance(on, date) and on <= as_of and isinstance(treatment, str):
            name = "RADIOTHERAPY" if treatment == "irradiation" else upper(treatment)
            row = _row(name, "LOCAL TREATMENT", on, PRSPID=label, PRLNKID=INVESTIGATOR.link(label))
            marks = (("PR", label, on.isoformat()),)
            yield Observation(row.values, (*row.order, label, form.timepoint or "", form.ordinal), marks=marks)


def _operation(subject: SubjectMaterial, form: FilledForm, on: date) -> Iterator[Observation]:
    group = operation_group(form.ordinal)
    at = intraoperative(subject.definition)
    row = _row(SURGERY, "SURGERY", on, PRLNKGRP=group, **at)
    yield Observation(row.values, row.order, _of_operation(form))
    done = form.entry.word("ultrasound")
    if done is not None:
        was_done = done != "not-done"
        row = _row(ULTRASOUND, "IMAGING", on, PRLNKGRP=group, PRPRESP="Y", PROCCUR=flag(was_done), **at)
        contrast = flag(done == "with-contrast") if was_done else None
        yield Observation(row.values, row.order, qualifiers(("CONTRFL", "With Contrast", contrast)))


def _of_operation(form: FilledForm) -> tuple[Qualifier, ...]:
    answers = form.entry.answers
    segments = answers.get("segments_resected")
    listed = " ".join(str(one) for one in segments) if isinstance(segments, tuple) else None
    return qualifiers(
        ("RESTYPE", "Type of Liver Resection", word(answers, "resection_type")),
        ("RESSEG", "Segments Resected", listed),
        ("APPROACH", "Surgical Approach", word(answers, "approach")),
        ("STAGE", "One or Two Stages", word(answers, "stage")),
    )


PR: Final = Domain(SHAPE, _observe)

"""TR: what each evaluator saw of each lesion at each timepoint, by method: there or not, and how large.

What an evaluator could not judge is NOT DONE with the reason. Follow-up imaging is judged by the site: PRESENT is a
recurrence at the lesion's site. Verdicts on all sequences together are in ADREAD: no method is theirs.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.datasets.columns import assigned
from casebook.domain.datasets.material import FilledForm, ReadMaterial, Said, SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard, Value
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.evaluators import INVESTIGATOR, Evaluator, tabulated_reads
from casebook.domain.datasets.sdtm.observation import Domain, Mark, Observation, iso
from casebook.domain.datasets.sdtm.pr import SCANS
from casebook.domain.datasets.sdtm.tu import anew_link
from casebook.domain.datasets.sdtm.variables import (
    before_exposure,
    dated,
    evaluation,
    identifiers,
    links,
    not_done,
    results,
    test,
    visit,
)
from casebook.domain.datasets.sdtm.visits import BASELINE, METHODS, follow_up_group, scan_group, scanned_on
from casebook.domain.datasets.sdtm.visits import visit as visit_values
from casebook.domain.datasets.words import upper
from casebook.domain.forms.values import Answers
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.lesion_events import in_order
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="TR",
    label=Text("Tumor/Lesion Results", "病変の評価"),
    standard=Standard.SDTM,
    observation_class="FINDINGS",
    structure=Text(
        "One record per test, lesion, method, visit and evaluator", "項目・病変・方法・時点・評価者ごとに1件"
    ),
    keys=("STUDYID", "USUBJID", "TRSEQ"),
    variables=(
        *identifiers("TR"),
        *links("TR"),
        *test("TR", terms.MEASURED, "Tumor/Lesion Assessment Short Name", "Tumor/Lesion Assessment Test Name"),
        *results("TR", numeric=True),
        *not_done("TR"),
        assigned("TRMETHOD", "Method Used to Identify the Tumor/Lesion", "方法", 40, codes=terms.METHOD),
        before_exposure("TR"),
        *evaluation("TR"),
        *visit(),
        *dated("TR", "Tumor/Lesion Measurement", "撮影"),
    ),
)
_STATES: Final = {Visibility.VISIBLE: "PRESENT", Visibility.NOT_VISIBLE: "ABSENT"}
_AT_SITE: Final = {"recurrence": "PRESENT", "no-recurrence": "ABSENT"}
_TELLING: Final = ("eob-mri", "mri", "ct", "pet-ct", "ultrasound")
"""Modalities of follow-up imaging, the one that tells most of a liver lesion first."""


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    if subject.is_withheld:
        return
    reads = tabulated_reads(subject)
    read_by_site = {read.timepoint for who, read in reads if who is INVESTIGATOR}
    if BASELINE not in read_by_site:
        yield from _listed(subject)
    for who, read in reads:
        yield from _of_read(subject, who, read)
    for on, form in subject.filled("follow-up", "imaged_on"):
        if on <= as_of:
            yield from _of_follow_up(subject, form, on)


def _row(code: str, link: str, order: tuple[str | int, ...], marks: tuple[Mark, ...], **values: Value) -> Observation:
    row: dict[str, Value] = {"TRLNKID": link, "TRTESTCD": code, "TRTEST": terms.MEASURED.terms[code].en, **values}
    return Observation(row, (*order, code, str(values.get("TRMETHOD") or "")), marks=marks)


def _size(diameter_mm: Decimal) -> dict[str, Value]:
    said = str(diameter_mm)
    return {"TRORRES": said, "TRORRESU": "mm", "TRSTRESC": said, "TRSTRESN": diameter_mm, "TRSTRESU": "mm"}


def _state(state: str | None, reason: str) -> dict[str, Value]:
    if state is None:
        return {"TRSTAT": "NOT DONE", "TRREASND": reason}
    return {"TRORRES": state, "TRSTRESC": state}


def _listed(subject: SubjectMaterial) -> Iterator[Observation]:
    """The diameters of the baseline list, by sequence: what the site measured."""
    for lesion in subject.lesions:
        for sequence, diameter_mm in lesion.diameters_mm.items():
            yield _row(
                "LDIAM",
                INVESTIGATOR.link(lesion.label),
                ("INV", 0, *in_order(lesion.label)),
                (),
                TRSPID=lesion.label,
                **_scan(subject, BASELINE, sequence),
                **_size(diameter_mm),
                **INVESTIGATOR.values("TR", is_accepted=False),
            )


def _scan(subject: SubjectMaterial, timepoint: str, sequence: ReadingSequence) -> dict[str, Value]:
    return {
        "TRLNKGRP": scan_group(timepoint, sequence),
        "TRMETHOD": METHODS[sequence],
        **visit_values(subject.definition, timepoint),
        "TRDTC": iso(scanned_on(subject, timepoint, sequence)),
    }


def _of_read(subject: SubjectMaterial, who: Evaluator, read: ReadMaterial) -> Iterator[Observation]:
    scans = {sequence: _scan(subject, read.timepoint, sequence) for sequence in ReadingSequence}
    evaluator = who.values("TR", is_accepted=read.is_accepted)
    number = scans[ReadingSequence.CT]["VISITNUM"]
    assert isinstance(number, int)
    known = {lesion.label for lesion in subject.lesions}
    reasons = {one.code: one.label.en for one in subject.definition.charter.not_evaluable_reasons}
    for said in read.said:
        if said.judged is Judged.COMBINED or said.lesion not in known:
            continue
        order = (who.prefix, number, *in_order(said.lesion))
        same = {"TRSPID": said.lesion, **scans[ReadingSequence(said.judged)], **evaluator}
        link, reason = who.link(said.lesion), _reason(said, reasons)
        yield _row("TUMSTATE", link, order, (), **same, **_state(_STATES.get(said.visibility), reason))
        if said.diameter_mm is not None:
            yield _row("LDIAM", link, order, (), **same, **_size(said.diameter_mm))
    for anew in read.seen_anew:
        link, order = anew_link(who, read, anew), (who.prefix, number, *in_order(anew.label))
        same = {**scans[anew.sequence], **evaluator}
        yield _row("TUMSTATE", link, order, (), **same, **_state("PRESENT", ""))
        yield _row("LDIAM", link, order, (), **same, **_size(anew.diameter_mm))


def _reason(said: Said, reasons: dict[str, str]) -> str:
    code = said.not_evaluable_reason
    return upper(reasons.get(code, code)) if code else "NOT EVALUABLE"


def _of_follow_up(subject: SubjectMaterial, form: FilledForm, on: date) -> Iterator[Observation]:
    used = form.entry.answers.get("modalities")
    modality = next((one for one in _TELLING if isinstance(used, tuple) and one in used), None)
    at = visit_values(subject.definition, form.timepoint) if form.timepoint else {}
    number = at.get("VISITNUM")
    for label, answers in form.entry.lesions.items():
        if not isinstance(answers.get("at_site"), str):
            continue
        same: dict[str, Value] = {
            "TRSPID": label,
            "TRLNKGRP": follow_up_group(form.timepoint, form.ordinal),
            "TRMETHOD": SCANS[modality] if modality else None,
            "TRDTC": iso(on),
            **INVESTIGATOR.values("TR", is_accepted=False),
            **at,
        }
        order = ("INV", number if isinstance(number, int) else 0, *in_order(label), on.isoformat(), form.ordinal)
        yield from _at_site(answers, INVESTIGATOR.link(label), order, same, ("TR", label, on.isoformat()))


def _at_site(
    answers: Answers, link: str, order: tuple[str | int, ...], same: dict[str, Value], mark: Mark
) -> Iterator[Observation]:
    state, size = _AT_SITE.get(str(answers["at_site"])), answers.get("diameter_mm")
    yield _row("TUMSTATE", link, order, (mark,), **same, **_state(state, "NOT EVALUABLE"))
    if isinstance(size, Decimal):
        yield _row("LDIAM", link, order, (), **same, **_size(size))


TR: Final = Domain(SHAPE, _observe)

"""DS: consent, registrations, and how subjects leave. What a person typed as a reason stays behind."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets.baseline import word
from casebook.domain.datasets.columns import assigned, text
from casebook.domain.datasets.dispositions import COMPLETED, ENDED_EARLY, REASONS, WITHDRAWN_FROM
from casebook.domain.datasets.material import SubjectMaterial
from casebook.domain.datasets.model import Shape, Standard
from casebook.domain.datasets.sdtm import vocabulary as terms
from casebook.domain.datasets.sdtm.observation import Domain, Observation, iso
from casebook.domain.datasets.sdtm.supplemental import qualifiers
from casebook.domain.datasets.sdtm.variables import dated, identifiers
from casebook.domain.study.model import RegistrationStep
from casebook.domain.subject_status import StatusKind, WithdrawnFrom, status_changes
from casebook.domain.texts import Text

MILESTONE: Final = "PROTOCOL MILESTONE"
EVENT: Final = "DISPOSITION EVENT"
PARTICIPATION: Final = "STUDY PARTICIPATION"
STUDY_TREATMENT: Final = "STUDY TREATMENT"
SHAPE: Final = Shape(
    name="DS",
    label=Text("Disposition", "症例の経過"),
    standard=Standard.SDTM,
    observation_class="EVENTS",
    structure=Text("One record per milestone or disposition event", "節目・中止等ごとに1件"),
    keys=("STUDYID", "USUBJID", "DSSEQ"),
    variables=(
        *identifiers("DS"),
        text("DSTERM", "Reported Term for the Disposition Event", "報告された用語", 60, is_mandatory=True),
        assigned(
            "DSDECOD", "Standardized Disposition Term", "標準用語", 40, codes=terms.DISPOSITION, is_mandatory=True
        ),
        assigned("DSCAT", "Category for Disposition Event", "区分", 20, codes=terms.DISPOSITION_CATEGORY),
        assigned("DSSCAT", "Subcategory for Disposition Event", "下位区分", 20),
        *dated("DS", "Disposition Event", "節目・中止等", is_start=True),
    ),
)
_REGISTERED: Final = {
    RegistrationStep.FIRST: ("FIRST REGISTRATION", "ENROLLED"),
    RegistrationStep.SECOND: ("SECOND REGISTRATION", "SECOND REGISTRATION"),
}


def _observe(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    consented_on = subject.first("eligibility").get("consented_on")
    if isinstance(consented_on, date) and consented_on <= as_of:
        term = "INFORMED CONSENT OBTAINED"
        yield _row(term, term, MILESTONE, None, consented_on)
    for step, on in subject.registered_on.items():
        yield _row(*_REGISTERED[step], MILESTONE, None, on)
    yield from _changes(subject, as_of)
    for on, ended in subject.filled("end-of-study", "ended_on"):
        if on <= as_of:
            is_completed = ended.entry.word("reason") == "completed"
            term = COMPLETED if is_completed else ENDED_EARLY
            yield _row(term, COMPLETED if is_completed else "OTHER", EVENT, PARTICIPATION, on)


def _changes(subject: SubjectMaterial, as_of: date) -> Iterator[Observation]:
    """The changes of status that stand: a loss to follow-up is over once later imaging is recorded."""
    standing = {(change.kind, change.happened_on) for change in status_changes(subject.entries)}
    for on, change in subject.filled("status-change", "happened_on"):
        said, part = change.entry.word("kind"), change.entry.word("withdrawn_from")
        kind = StatusKind(said) if said else None
        if kind is None or on > as_of or (kind, on) not in standing:
            continue
        withdrawn = WithdrawnFrom(part) if part else None
        term = WITHDRAWN_FROM[withdrawn] if withdrawn else REASONS[kind]
        category = STUDY_TREATMENT if withdrawn is WithdrawnFrom.TREATMENT else PARTICIPATION
        row = _row(term, REASONS[kind], EVENT, category, on)
        cause = qualifiers(("DTHCAUS", "Cause of Death", word(change.entry.answers, "death_cause")))
        yield Observation(row.values, row.order, cause, row.marks)


def _row(term: str, decoded: str, category: str, subcategory: str | None, on: date) -> Observation:
    values = {
        "DSTERM": term,
        "DSDECOD": decoded,
        "DSCAT": category,
        "DSSCAT": subcategory,
        "DSSTDTC": iso(on),
    }
    return Observation(
        values, (on.isoformat(), category, term), marks=(("DS", decoded), ("DS", decoded, on.isoformat()))
    )


DS: Final = Domain(SHAPE, _observe)

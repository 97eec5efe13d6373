"""What the datasets are made of: a study's subjects as plain values, gathered once.

Nothing here names a person: readers go by a number, free text that people typed is not taken along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from casebook.domain.cdlm import Cdlm
from casebook.domain.endpoint.records import LesionRecord, PatientRecord
from casebook.domain.forms.values import Answers, Entry
from casebook.domain.imaging import Judged, ReadingSequence, Visibility
from casebook.domain.lesion_events import LesionState, Origin, in_order
from casebook.domain.outcome import Outcome
from casebook.domain.outcome.facts import LesionFacts
from casebook.domain.study import StudyDefinition
from casebook.domain.study.model import RegistrationStep
from casebook.domain.subject_status import FORM as STATUS_CHANGE
from casebook.domain.subject_status import WithdrawnFrom

DATA_WITHDRAWN: Final = "data-withdrawn"
"""Why a subject counts nowhere that took back the use of its data."""


@dataclass(frozen=True, slots=True)
class SiteMaterial:
    """A hospital; `country` has two letters."""

    code: str
    country: str
    group: str


@dataclass(frozen=True, slots=True)
class FilledForm:
    """One entry that is no draft, of a timepoint or of the subject as a whole."""

    form: str
    timepoint: str | None
    ordinal: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class LesionMaterial:
    """One lesion as the endpoint sees it on the day of the cut, with its life on the list.

    `diameters_mm` are those of the baseline list by sequence; `parents` the lesions whose end brought it about,
    `came_at` and `came_on` the timepoint and day of that event, or of the one at which a new lesion appeared.
    """

    record: LesionRecord
    origin: Origin
    state: LesionState
    parents: tuple[str, ...] = ()
    diameters_mm: Mapping[ReadingSequence, Decimal] = field(default_factory=dict)
    came_at: str | None = None
    came_on: date | None = None

    @property
    def label(self) -> str:
        """What the lesion is called, once and for all."""
        return self.record.label

    @property
    def cdlm(self) -> Cdlm:
        """Whether it disappeared."""
        return self.record.cdlm

    @property
    def facts(self) -> LesionFacts:
        """What the outcome follows from."""
        return self.record.facts

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        return self.record.outcome


@dataclass(frozen=True, slots=True)
class Said:
    """What a read says of one lesion of the list, on one sequence or on all together."""

    lesion: str
    judged: Judged
    visibility: Visibility
    diameter_mm: Decimal | None = None
    not_evaluable_reason: str | None = None
    confidence: int | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class SeenAnew:
    """A lesion that a reader saw and the baseline list does not have; `label` is N1, N2 within the read."""

    label: str
    segment: str
    diameter_mm: Decimal
    sequence: ReadingSequence


@dataclass(frozen=True, slots=True)
class ReadMaterial:
    """The newest signed edition of a person's read of a timepoint.

    `kind` is site, central or adjudication; `place` is first, second or adjudicator, None where the case was not drawn;
    `reader` a number that stands for the person; `stands` unless the images changed or the case was taken back.
    """

    timepoint: str
    kind: str
    place: str | None
    reader: str
    round: int
    edition: int
    signed_on: date
    is_accepted: bool
    is_stale: bool
    is_withdrawn: bool
    said: tuple[Said, ...]
    seen_anew: tuple[SeenAnew, ...] = ()

    @property
    def stands(self) -> bool:
        """It speaks of the images that are there, and its case is still its reader's."""
        return not self.is_stale and not self.is_withdrawn


@dataclass(frozen=True, slots=True)
class SeriesMaterial:
    """One series with images; `verdict` is what a person said of the images it has."""

    uid: str
    modality: str
    number: int | None
    n_images: int
    roles: tuple[str, ...]
    verdict: str | None
    verdict_on: date | None


@dataclass(frozen=True, slots=True)
class CheckMaterial:
    """One finding of the protocol checks, about a series or about the timepoint as a whole."""

    series_uid: str | None
    code: str
    severity: str
    found: str
    expected: str
    rule_version: str


@dataclass(frozen=True, slots=True)
class ImagesMaterial:
    """The images of a timepoint, with the newest decision on them."""

    timepoint: str
    series: tuple[SeriesMaterial, ...]
    checks: tuple[CheckMaterial, ...]
    decision: str | None
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class QueryMaterial:
    """One query; the words of its thread stay behind, since they may name a person."""

    number: int
    site: str
    timepoint: str | None
    form: str | None
    ordinal: int | None
    field: str | None
    lesion: str | None
    series_uid: str | None
    kind: str
    rule: str | None
    state: str
    opened_on: date
    due_on: date
    answered_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class SubjectMaterial:
    """Everything the datasets say of one subject; `left` is why it counts nowhere, where that is so."""

    number: str
    site: SiteMaterial
    road: str
    registered_on: Mapping[RegistrationStep, date]
    definition: StudyDefinition
    forms: tuple[FilledForm, ...] = ()
    lesions: tuple[LesionMaterial, ...] = ()
    reads: tuple[ReadMaterial, ...] = ()
    images: tuple[ImagesMaterial, ...] = ()
    queries: tuple[QueryMaterial, ...] = ()
    left: str | None = None

    @property
    def is_withheld(self) -> bool:
        """It took back the use of its data: no more is said of it than that."""
        return self.left == DATA_WITHDRAWN

    @property
    def record(self) -> PatientRecord:
        """The subject as the endpoint sees it, without its lesions."""
        site = self.site
        return PatientRecord(self.number, self.road, site.code, site.country, site.group, self.left, lesions=())

    @property
    def entries(self) -> dict[str, tuple[Entry, ...]]:
        """The entries by form, as the rules read them."""
        found: dict[str, list[Entry]] = {}
        for one in self.forms:
            found.setdefault(one.form, []).append(one.entry)
        return {form: tuple(entries) for form, entries in found.items()}

    def filled(self, form: str, dated_by: str) -> list[tuple[date, FilledForm]]:
        """Return the entries of a form that are dated, by their day."""
        found = [(day, one) for one in self.forms if one.form == form and (day := one.entry.day(dated_by)) is not None]
        return sorted(found, key=lambda pair: (pair[0], pair[1].timepoint or "", pair[1].ordinal))

    def first(self, form: str) -> Answers:
        """Return the answers of the first entry of a form; none where there is no entry."""
        return next((one.entry.answers for one in self.forms if one.form == form), {})


@dataclass(frozen=True, slots=True)
class StudyMaterial:
    """A study on a day: the definition in force, its subjects by number, and the queries about sites."""

    definition: StudyDefinition
    as_of: date
    subjects: tuple[SubjectMaterial, ...]
    site_queries: tuple[QueryMaterial, ...] = ()


def natural(lesions: Iterable[LesionMaterial]) -> list[LesionMaterial]:
    """Return lesions as people count them: L2 before L10."""
    return sorted(lesions, key=lambda lesion: in_order(lesion.label))


def withheld(subject: SubjectMaterial) -> SubjectMaterial:
    """Return the subject without anything that it took back the use of.

    What stays is that it was registered, the withdrawal, and the labels of its lesions, so that counts still add up.
    """
    if not subject.is_withheld:
        return subject
    kept = tuple(one for one in subject.forms if _withdraws_data(one))
    return replace(subject, forms=kept, reads=(), images=(), queries=())


def _withdraws_data(form: FilledForm) -> bool:
    return form.form == STATUS_CHANGE and form.entry.word("withdrawn_from") == WithdrawnFrom.ALL_DATA

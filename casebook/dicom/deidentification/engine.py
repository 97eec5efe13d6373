"""The engine: walks a dataset, asks the profile, writes what may stay into a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import BaseTag
from pydicom.uid import ImplicitVRLittleEndian

from casebook.dicom.deidentification import codes, private
from casebook.dicom.deidentification.b_value import write_b_values
from casebook.dicom.deidentification.identity import identity_tokens, patient_tokens, text_of
from casebook.dicom.deidentification.keyed import WELL_KNOWN_UIDS, Keyed, seal
from casebook.dicom.deidentification.pixels import trimmed
from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.profile import Treatment, profile
from casebook.dicom.deidentification.quiet import quietly
from casebook.dicom.deidentification.report import ElementReport, Outcome, ReportBuilder, Why
from casebook.dicom.deidentification.treatments import Context, parts_of, treat
from casebook.dicom.deidentification.trial import file_meta_for, seal_of, write_marks, write_subject
from casebook.domain.errors import Invalid

_REQUIRED: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_SEALED: Final = (*_REQUIRED, "StudyDate", "AccessionNumber")
_ALWAYS_PRESENT: Final = ("ReferringPhysicianName", "PatientBirthDate", "StudyID", "AccessionNumber", "PatientSex")
_CHARACTER_SET: Final = 0x00080005
_PIXEL_DATA: Final = 0x7FE00010
_BULK_VRS: Final = frozenset({"OB", "OW", "OF", "OD", "OV", "OL", "US", "SS"})
_LISTED: Final = frozenset(
    {
        Treatment.TERM,
        Treatment.TEXT,
        Treatment.TERMS_IN_PLACE,
        Treatment.DEVICE,
        Treatment.MANUFACTURER,
        Treatment.AGENT,
    }
)


@dataclass(frozen=True, slots=True)
class Deidentified:
    """The archived form of a dataset with its file meta information, and what was done to get there."""

    dataset: Dataset
    report: ElementReport


def deidentify(
    ds: Dataset,
    plan: DeidentificationPlan,
    *,
    b_value_s_mm2: float | None = None,
    frame_b_values_s_mm2: Sequence[float | None] = (),
) -> Deidentified:
    """The dataset without identity, under the plan's names; the source is used up.

    The source's values are not changed, but elements that need no change are shared with the result, so the
    source must not be used afterwards. `b_value_s_mm2` (s/mm², resolved by the caller before) is written to
    (0018,9087) where that is missing; `frame_b_values_s_mm2` likewise for the frames of a multi-frame object.
    Cleaning a result again with the same key and subject changes nothing: its seal is recognised.
    Invalid is raised for an object without SOP class, SOP instance, study or series UID.
    """
    with quietly():
        _require_identity(ds)
        cleaning = _cleaning(ds, plan)
        result = cleaning.clean(ds, "")
        _write(result, plan)
        write_b_values(result, b_value_s_mm2, frame_b_values_s_mm2)
        _write_encoding(result, ds)
    return Deidentified(result, cleaning.report.finish())


def _cleaning(ds: Dataset, plan: DeidentificationPlan) -> "Cleaning":
    table = profile()
    is_done = seal_of(ds) == _seal(ds, plan)
    context = Context(
        profile=table,
        keyed=Keyed(plan.key, plan.subject_label, is_done=is_done),
        retain_device=plan.retain_device,
        tokens=identity_tokens(ds) - plan.texts(),
        patient_tokens=patient_tokens(ds) - plan.texts(),
    )
    return Cleaning(context, table.rules[table.family(text_of(ds, "SOPClassUID"))])


def _require_identity(ds: Dataset) -> None:
    missing = [keyword for keyword in _REQUIRED if not text_of(ds, keyword)]
    if missing:
        raise Invalid(f"The object has no {', '.join(missing)}; export it again from the source system.")
    if text_of(ds, "SOPClassUID") not in WELL_KNOWN_UIDS:
        raise Invalid("The object's SOP class is not one of the standard; export it as a standard image.")


def _seal(ds: Dataset, plan: DeidentificationPlan) -> str:
    return seal(plan.key, plan.subject_label, *(text_of(ds, keyword) for keyword in _SEALED))


def _write(result: Dataset, plan: DeidentificationPlan) -> None:
    write_subject(result, plan)
    for keyword in _ALWAYS_PRESENT:
        if keyword not in result:
            setattr(result, keyword, "")
    result.SpecificCharacterSet = "ISO_IR 192"
    write_marks(result, profile(), retain_device=plan.retain_device, seal=_seal(result, plan))


def _write_encoding(result: Dataset, ds: Dataset) -> None:
    syntax = getattr(ds, "file_meta", Dataset()).get("TransferSyntaxUID") or ImplicitVRLittleEndian
    result.file_meta = file_meta_for(result, str(syntax))
    implicit, little = ds.original_encoding
    result.set_original_encoding(implicit, little, "utf-8")


@dataclass(slots=True)
class Cleaning:
    """One pass over one object."""

    context: Context
    rules: Mapping[int, Treatment]
    report: ReportBuilder = field(default_factory=ReportBuilder)

    def clean(self, ds: Dataset, prefix: str) -> Dataset:
        """A new dataset with what may stay of this one, at every depth."""
        kept: dict[BaseTag, DataElement | RawDataElement] = {}
        for tag in list(ds.keys()):
            number = int(tag)
            if number == _CHARACTER_SET or number & 0xFFFF == 0 or number in codes.MACRO:
                continue
            if number >> 16 & 1:
                self._private(ds, tag, prefix, kept)
                continue
            cleaned = self._public(ds, tag, f"{prefix}{number:08X}")
            if cleaned is not None:
                kept[tag] = cleaned
        return Dataset(kept)

    def _public(self, ds: Dataset, tag: BaseTag, path: str) -> DataElement | None:
        treatment = self.rules.get(int(tag))
        if treatment is None:
            self.report.note(path, Outcome.REMOVED, Why.NOT_LISTED)
            return None
        element = self._readable(ds, tag, path)
        if element is None:
            return None
        if treatment is Treatment.SEQUENCE:
            return self._sequence(element, path)
        if treatment is Treatment.BULK:
            return self._bulk(element, path, ds)
        cleaned, outcome, why = treat(self.context, treatment, element)
        self.report.note(path, outcome, why)
        if cleaned is not None and treatment in _LISTED and not cleaned.is_empty:
            self.report.keep_text(path, "\\".join(map(str, parts_of(cleaned))))
        return cleaned

    def _readable(self, ds: Dataset, tag: BaseTag, path: str) -> DataElement | None:
        try:
            return ds[tag]
        except Exception:  # noqa: BLE001 - whatever pydicom finds wrong with the bytes, they do not stay
            self.report.note(path, Outcome.REMOVED, Why.UNREADABLE)
            return None

    def _sequence(self, element: DataElement, path: str) -> DataElement | None:
        if element.VR != "SQ":
            self.report.note(path, Outcome.REMOVED, Why.NOT_VALID)
            return None
        inside = f"{path}/"
        items = [self._item(item, inside) for item in element.value or ()]
        kept = [item for item in items if item is not None]
        if items and not kept:
            self.report.note(path, Outcome.REMOVED, Why.NOT_TECHNICAL)
            return None
        self.report.note(path, Outcome.KEPT)
        return DataElement(element.tag, "SQ", DicomSequence(kept))

    def _item(self, item: Dataset, prefix: str) -> Dataset | None:
        if not codes.is_coded(item):
            return self.clean(item, prefix)
        code = codes.known_code(item, self.context.profile)
        if code is None:
            self.report.note(f"{prefix}00080100", Outcome.REMOVED, Why.NOT_TECHNICAL)
            return None
        cleaned = self.clean(item, prefix)
        codes.write_code(cleaned, code)
        self.report.note(f"{prefix}00080100", Outcome.KEPT)
        self.report.keep_text(f"{prefix}00080100", f"{code.value} {code.scheme} {code.meaning}")
        return cleaned

    def _bulk(self, element: DataElement, path: str, ds: Dataset) -> DataElement | None:
        if element.VR not in _BULK_VRS:
            self.report.note(path, Outcome.REMOVED, Why.NOT_VALID)
            return None
        self.report.note(path, Outcome.KEPT)
        return trimmed(element, ds) if int(element.tag) == _PIXEL_DATA else element

    def _private(
        self, ds: Dataset, tag: BaseTag, prefix: str, kept: dict[BaseTag, DataElement | RawDataElement]
    ) -> None:
        number = int(tag)
        if private.is_creator(number):
            return
        rule = private.rule_for(ds, number, self.context.profile)
        if rule is None:
            path = f"{prefix}{number >> 16:04X}xx{number & 0xFF:02X}"
            self.report.note(path, Outcome.REMOVED, Why.NOT_LISTED)
            return
        path = f"{prefix}{number >> 16:04X}[{rule.creator}]{number & 0xFF:02X}"
        element = self._readable(ds, tag, path)
        safe = None if element is None else private.safe_element(element, rule, self.context.profile.words)
        if safe is None:
            self.report.note(path, Outcome.REMOVED, Why.NOT_VALID)
            return
        creator = private.creator_tag(number)
        kept[creator] = DataElement(creator, "LO", rule.creator)
        kept[tag] = safe
        self.report.note(path, Outcome.KEPT)

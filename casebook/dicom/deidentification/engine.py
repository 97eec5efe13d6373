"""The engine: walks a dataset, asks the profile, writes what may stay into a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, ImplicitVRLittleEndian

from casebook.dicom.deidentification.b_value import write_b_values
from casebook.dicom.deidentification.cleaning import Cleaning
from casebook.dicom.deidentification.identity import identity_tokens, text_of, texts_of
from casebook.dicom.deidentification.keyed import WELL_KNOWN_UIDS, Keyed, seal
from casebook.dicom.deidentification.memory import Circumstances, Memory
from casebook.dicom.deidentification.plan import DeidentificationPlan
from casebook.dicom.deidentification.profile import profile
from casebook.dicom.deidentification.quiet import quietly
from casebook.dicom.deidentification.report import ElementReport, Outcome, ReportBuilder, Why
from casebook.dicom.deidentification.treatments import Context
from casebook.dicom.deidentification.trial import WRITTEN_TAGS, file_meta_for, seal_of, trial_elements
from casebook.dicom.raw_values import PIXEL_REPRESENTATION, encodings, tag_of
from casebook.dicom.shared_element import SharedElement
from casebook.domain.errors import Invalid

_REQUIRED: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_SEALED: Final = (*_REQUIRED, "StudyDate", "AccessionNumber")
_ALWAYS_PRESENT: Final = (
    "AccessionNumber",
    "Manufacturer",
    "SeriesNumber",
    "InstanceNumber",
    "ReferringPhysicianName",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
)
"""Type 2 elements of every image: empty where nothing may be said."""


def _shared(keyword: str, value: str) -> SharedElement:
    tag = tag_of(tag_for_keyword(keyword) or 0)
    return SharedElement.of(DataElement(tag, dictionary_VR(tag), value))


_EMPTY: Final = tuple(_shared(keyword, "") for keyword in _ALWAYS_PRESENT)
_CHARACTER_SET: Final = _shared("SpecificCharacterSet", "ISO_IR 192")


@dataclass(frozen=True, slots=True)
class Deidentified:
    """The archived form of a dataset with its file meta information, and what was done to get there.

    `keyed.uid(source_uid)` is the archived UID of any UID of the source, also of a source cleaned before.
    """

    dataset: Dataset
    report: ElementReport
    keyed: Keyed


def deidentify(
    ds: Dataset,
    plan: DeidentificationPlan,
    *,
    raw: Mapping[BaseTag, DataElement | RawDataElement] | None = None,
    memory: Memory | None = None,
    b_value_s_mm2: float | None = None,
    frame_b_values_s_mm2: Sequence[float | None] = (),
) -> Deidentified:
    """The dataset without identity, under the plan's names; the source is used up.

    The source's values are not changed, but elements that need no change are shared with the result, so the
    source must not be used afterwards. `b_value_s_mm2` (s/mm², resolved by the caller before) is written to
    (0018,9087) where that is missing; `frame_b_values_s_mm2` likewise for the frames of a multi-frame object.
    `raw` are the source's elements before anybody read them; with them and a `memory` elements whose bytes came before
    are not decoded again, and are shared by the results.
    Cleaning a result again with the same key and subject changes nothing: its seal is recognised.
    Invalid is raised for an object without a standard SOP class, or without one SOP instance, study and series UID.
    """
    with quietly():
        syntax = _transfer_syntax(ds)
        cleaning = _cleaning(ds, plan, syntax, raw or {}, memory)
        result = cleaning.clean(ds)
        _require_uids(result)
        _write(result, plan, is_shared=memory is not None)
        _note_written(cleaning.report, ds, result)
        write_b_values(result, b_value_s_mm2, frame_b_values_s_mm2)
        result.file_meta = file_meta_for(result, syntax)
        implicit, little = ds.original_encoding
        result.set_original_encoding(implicit, little, "utf-8")
    return Deidentified(result, cleaning.report.finish(), cleaning.context.keyed)


def _transfer_syntax(ds: Dataset) -> UID:
    return UID(text_of(getattr(ds, "file_meta", Dataset()), "TransferSyntaxUID") or ImplicitVRLittleEndian)


def _cleaning(
    ds: Dataset,
    plan: DeidentificationPlan,
    syntax: UID,
    raw: Mapping[BaseTag, DataElement | RawDataElement],
    memory: Memory | None,
) -> Cleaning:
    table = profile()
    circumstances = _circumstances(ds, plan, syntax, raw)
    tokens = circumstances.tokens
    context = Context(
        profile=table,
        keyed=Keyed(plan.key, plan.subject_label, is_done=circumstances.is_done),
        retain_device=plan.retain_device,
        tokens=tokens,
        long_numbers=tokens.long_numbers(),
    )
    recollection = memory.of(circumstances) if memory is not None else None
    return Cleaning(
        context, table.rules[circumstances.family], circumstances.is_encapsulated, recollection=recollection, raw=raw
    )


def _circumstances(
    ds: Dataset, plan: DeidentificationPlan, syntax: UID, raw: Mapping[BaseTag, DataElement | RawDataElement]
) -> Circumstances:
    pixel_representation = raw.get(tag_of(PIXEL_REPRESENTATION))
    return Circumstances(
        plan=plan,
        tokens=identity_tokens(ds).without(plan.texts()),
        family=profile().family(text_of(ds, "SOPClassUID")),
        is_done=seal_of(ds) == _seal(ds, plan),
        is_encapsulated=_is_encapsulated(syntax),
        encodings=encodings(ds),
        original_encoding=ds.original_encoding,
        pixel_representation="" if pixel_representation is None else repr(pixel_representation.value),
    )


def _is_encapsulated(syntax: UID) -> bool:
    return syntax in WELL_KNOWN_UIDS and syntax.is_transfer_syntax and syntax.is_encapsulated


def _require_uids(result: Dataset) -> None:
    missing = [keyword for keyword in _REQUIRED if len(texts_of(result, keyword)) != 1]
    if "SOPClassUID" in missing:
        raise Invalid("The object has no SOPClassUID of the standard; export it as a standard image.")
    if missing:
        raise Invalid(f"The object has no valid {', '.join(missing)}; export it again from the source system.")


def _seal(ds: Dataset, plan: DeidentificationPlan) -> str:
    return seal(plan.key, plan.subject_label, *(text_of(ds, keyword) for keyword in _SEALED))


def _write(result: Dataset, plan: DeidentificationPlan, *, is_shared: bool) -> None:
    missing = (element for element in _EMPTY if element.tag not in result)
    written = [*missing, _CHARACTER_SET, *trial_elements(plan, profile(), seal=_seal(result, plan))]
    for element in written:
        result.add(element if is_shared else DataElement(element.tag, element.VR, element.value))


def _note_written(report: ReportBuilder, source: Dataset, result: Dataset) -> None:
    for tag in WRITTEN_TAGS:
        if tag in source:
            report.note(f"{int(tag):08X}", Outcome.REPLACED if tag in result else Outcome.REMOVED, Why.PLAN)
        elif tag in result:
            report.note(f"{int(tag):08X}", Outcome.WRITTEN, Why.PLAN)

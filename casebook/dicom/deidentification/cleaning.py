"""The walk through a dataset: every element is asked for its rule, at every depth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import BaseTag

from casebook.dicom.deidentification import codes, private
from casebook.dicom.deidentification.bulk import bulk
from casebook.dicom.deidentification.memory import Fate, Recollection, is_memorable
from casebook.dicom.deidentification.profile import PrivateRule, Treatment
from casebook.dicom.deidentification.report import Outcome, ReportBuilder, Why
from casebook.dicom.deidentification.treatments import Context, parts_of, treat
from casebook.dicom.deidentification.trial import WRITTEN_TAGS

DEEPEST_SEQUENCE: Final = 32
"""Items nested deeper are removed: no image object needs them, and each level costs stack."""

_CHARACTER_SET: Final = 0x00080005
_TOP_LEVEL_CHARACTERS: Final = len("00080005")
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

_Rules = Mapping[int, Treatment]
_NO_RULES: Final[_Rules] = {}
"""Inside a private sequence only the safe private elements stay."""

_Elements = dict[BaseTag, DataElement | RawDataElement]


@dataclass(slots=True)
class Cleaning:
    """One pass over one object."""

    context: Context
    rules: _Rules
    is_encapsulated: bool = False
    recollection: Recollection | None = None
    raw: Mapping[BaseTag, DataElement | RawDataElement] = field(default_factory=dict)
    report: ReportBuilder = field(default_factory=ReportBuilder)

    def clean(self, ds: Dataset) -> Dataset:
        """A new dataset with what may stay of this one, at every depth.

        With a recollection, elements whose bytes (`raw`) came before are not decoded again.
        """
        return self._dataset(ds, "", self.rules)

    def _dataset(self, ds: Dataset, prefix: str, rules: _Rules) -> Dataset:
        kept: _Elements = {}
        result = Dataset(kept)
        for tag in list(ds.keys()):
            number = int(tag)
            if number == _CHARACTER_SET or number & 0xFFFF == 0 or number in codes.MACRO:
                continue
            if number >> 16 & 1:
                kept.update(self._private(ds, tag, prefix))
            elif prefix or tag not in WRITTEN_TAGS:
                cleaned = self._public(ds, tag, f"{prefix}{number:08X}", rules, result)
                if cleaned is not None:
                    kept[tag] = cleaned
        return result

    def _public(self, ds: Dataset, tag: BaseTag, path: str, rules: _Rules, before: Dataset) -> DataElement | None:
        treatment = rules.get(int(tag))
        if treatment is None:
            self._gone(path, Why.NOT_LISTED)
            return None
        raw = self.raw.get(tag) if rules is self.rules and len(path) == _TOP_LEVEL_CHARACTERS else None
        if self.recollection is None or not isinstance(raw, RawDataElement):
            return self._treated(ds, tag, path, rules, treatment, before)
        fate = self.recollection.find(raw)
        if fate is None:
            if not is_memorable(raw, treatment):
                return self._treated(ds, tag, path, rules, treatment, before)
            fate = self._remembered(self.recollection, raw, ds, treatment, before)
        self.report.add(fate.notes)
        return fate.element

    def _remembered(
        self, recollection: Recollection, raw: RawDataElement, ds: Dataset, treatment: Treatment, before: Dataset
    ) -> Fate:
        """What becomes of an element of the top level, for when its bytes come again."""
        whole, self.report = self.report, ReportBuilder()
        element = self._treated(ds, raw.tag, f"{int(raw.tag):08X}", self.rules, treatment, before)
        fate = recollection.keep(raw, element, self.report.notes())
        self.report = whole
        return fate

    def _treated(
        self, ds: Dataset, tag: BaseTag, path: str, rules: _Rules, treatment: Treatment, before: Dataset
    ) -> DataElement | None:
        element = self._readable(ds, tag, path)
        if element is None:
            return None
        if treatment is Treatment.SEQUENCE:
            return self._sequence(element, path, rules)
        if treatment is Treatment.BULK:
            return self._bulk(element, path, before)
        cleaned, outcome, why = treat(self.context, treatment, element)
        self.report.note(path, outcome, why)
        if cleaned is not None and treatment in _LISTED and not cleaned.is_empty:
            self.report.keep_text(path, "\\".join(map(str, parts_of(cleaned))))
        return cleaned

    def _gone(self, path: str, why: Why) -> None:
        self.report.note(path, Outcome.REMOVED, why)

    def _readable(self, ds: Dataset, tag: BaseTag, path: str) -> DataElement | None:
        try:
            return ds[tag]
        except Exception:  # noqa: BLE001 - whatever pydicom finds wrong with the bytes, they do not stay
            self._gone(path, Why.UNREADABLE)
            return None

    def _sequence(self, element: DataElement, path: str, rules: _Rules) -> DataElement | None:
        if element.VR != "SQ" or path.count("/") >= DEEPEST_SEQUENCE:
            self._gone(path, Why.NOT_VALID)
            return None
        inside = f"{path}/"
        items = [self._item(item, inside, rules) for item in element.value or ()]
        kept = [item for item in items if item is not None]
        if items and not kept:
            self._gone(path, Why.NOT_TECHNICAL)
            return None
        self.report.note(path, Outcome.KEPT)
        return DataElement(element.tag, "SQ", DicomSequence(kept))

    def _item(self, item: Dataset, prefix: str, rules: _Rules) -> Dataset | None:
        if not codes.is_coded(item):
            return self._dataset(item, prefix, rules)
        path = f"{prefix}00080100"
        code = codes.known_code(item, self.context.profile)
        if code is None:
            self._gone(path, Why.NOT_TECHNICAL)
            return None
        cleaned = self._dataset(item, prefix, rules)
        cleaned.update(dict(codes.code_elements(code)))
        self.report.note(path, Outcome.KEPT)
        self.report.keep_text(path, f"{code.value} {code.scheme} {code.meaning}")
        return cleaned

    def _bulk(self, element: DataElement, path: str, before: Dataset) -> DataElement | None:
        block = bulk(element, before, is_encapsulated=self.is_encapsulated)
        if block is None:
            self._gone(path, Why.NOT_VALID)
            return None
        self.report.note(path, Outcome.KEPT)
        return block

    def _private(self, ds: Dataset, tag: BaseTag, prefix: str) -> _Elements:
        number = int(tag)
        if private.is_creator(number):
            return {}
        rule = private.rule_for(ds, number, self.context.profile)
        if rule is None:
            self._gone(f"{prefix}{number >> 16:04X}xx{number & 0xFF:02X}", Why.NOT_LISTED)
            return {}
        path = f"{prefix}{number >> 16:04X}[{rule.creator}]{number & 0xFF:02X}"
        element = self._readable(ds, tag, path)
        safe = None if element is None else self._safe(element, rule, path)
        if safe is None:
            return {}
        creator = private.creator_tag(number)
        return {creator: DataElement(creator, "LO", rule.creator), tag: safe}

    def _safe(self, element: DataElement, rule: PrivateRule, path: str) -> DataElement | None:
        if rule.vr == "SQ":
            return self._sequence(element, path, _NO_RULES)
        safe = private.safe_element(element, rule, self.context.profile.words)
        if safe is None:
            self._gone(path, Why.NOT_VALID)
            return None
        self.report.note(path, Outcome.KEPT)
        if rule.vr == "CS":
            self.report.keep_text(path, "\\".join(map(str, parts_of(safe))))
        return safe

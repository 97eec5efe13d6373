"""Private blocks and the real-world value mapping of an ADC map."""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag


def private(ds: Dataset, group: int, creator: str, elements: Sequence[tuple[int, str, Any]]) -> None:
    """Put elements (offset, VR, value) into the creator's block, in place of what it held."""
    block = ds.private_block(group, creator, create=True)
    for offset, vr, value in elements:
        if offset in block:
            del block[offset]
        block.add_new(offset, vr, value)


def drop(ds: Dataset, *keywords: str) -> None:
    """Remove elements that may be there."""
    for keyword in keywords:
        if keyword in ds:
            del ds[Tag(keyword)]


def map_adc_to_mm2_s(ds: Dataset, slope: float, *, label: str) -> None:
    """Say by RealWorldValueMappingSequence (PS3.3 C.7.6.16.2.11) that stored x slope is mm2/s."""
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm2/s", "UCUM", "mm2/s"
    quantity = Dataset()
    quantity.CodeValue, quantity.CodingSchemeDesignator = "113041", "DCM"
    quantity.CodeMeaning = "Apparent Diffusion Coefficient"
    name = Dataset()
    name.ValueType = "CODE"
    concept = Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "246205007", "SCT", "Quantity"
    name.ConceptNameCodeSequence = Items([concept])
    name.ConceptCodeSequence = Items([quantity])
    mapping = Dataset()
    mapping.LUTExplanation = "Apparent diffusion coefficient"
    mapping.LUTLabel = label
    mapping.MeasurementUnitsCodeSequence = Items([unit])
    mapping.QuantityDefinitionSequence = Items([name])
    mapping.add_new(0x00409216, "US", 0)
    mapping.add_new(0x00409211, "US", 4095)
    mapping.RealWorldValueIntercept = 0.0
    mapping.RealWorldValueSlope = slope
    ds.RealWorldValueMappingSequence = Items([mapping])

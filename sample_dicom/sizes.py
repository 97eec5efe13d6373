"""How large the sample study is made: full for people, small for tests."""

from dataclasses import dataclass
from typing import Final

from sample_dicom.protocol import Kind


@dataclass(frozen=True, slots=True)
class Grid:
    """Matrix and slices of one kind of series."""

    n_slices: int
    rows: int
    columns: int
    pixel_mm: float
    step_mm: float
    thickness_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """All grids, and between which levels (mm, phantom) the metastases lie."""

    name: str
    grids: dict[Kind, Grid]
    middle_z_mm: float
    lesion_levels_mm: tuple[float, float]
    compressed: bool
    """Compress what would be stored plain, to keep the set small."""


_MR_FULL: Final = Grid(36, 208, 256, 1.5, 6.0, 5.0)
_DWI_FULL: Final = Grid(36, 156, 192, 2.0, 6.0, 5.0)
FULL: Final = Size(
    name="full",
    grids={
        Kind.CT: Grid(44, 512, 512, 0.78125, 5.0, 5.0),
        Kind.DUAL_ECHO: _MR_FULL,
        Kind.T2: _MR_FULL,
        Kind.DWI: _DWI_FULL,
        Kind.ADC: _DWI_FULL,
        Kind.EOB: Grid(70, 208, 256, 1.5, 3.0, 3.0),
    },
    middle_z_mm=-8.0,
    lesion_levels_mm=(-70.0, 62.0),
    compressed=False,
)

_MR_SMALL: Final = Grid(7, 80, 96, 4.0, 7.0, 5.0)
_DWI_SMALL: Final = Grid(9, 64, 80, 4.8, 7.0, 5.0)
SMALL: Final = Size(
    name="small",
    grids={
        Kind.CT: Grid(8, 96, 96, 4.0, 5.0, 5.0),
        Kind.DUAL_ECHO: _MR_SMALL,
        Kind.T2: _MR_SMALL,
        Kind.DWI: _DWI_SMALL,
        Kind.ADC: _DWI_SMALL,
        Kind.EOB: Grid(9, 84, 114, 3.0, 4.0, 4.0),
    },
    middle_z_mm=2.0,
    lesion_levels_mm=(-10.0, 15.0),
    compressed=True,
)

"""The patients of the sample study."""

from dataclasses import dataclass
from typing import Final

from sample_dicom import identity
from sample_dicom.anatomy.body import Build
from sample_dicom.identity import Person
from sample_dicom.lesions import Course, LesionPlan
from sample_dicom.vendors.canon import CANON
from sample_dicom.vendors.ge import GE
from sample_dicom.vendors.manner import Manner
from sample_dicom.vendors.philips import PHILIPS
from sample_dicom.vendors.siemens import SIEMENS
from sample_dicom.vendors.uih import UIH


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient of the study: site, scanner, metastases."""

    site: str
    site_name: str
    subject: str
    person: Person
    manner: Manner
    build: Build
    lesions: tuple[LesionPlan, ...]
    baseline_on: str
    enhanced_diffusion: bool = False
    """The scanner sends baseline diffusion as one enhanced multi-frame object."""


_L: Final = LesionPlan
_C: Final = Course

PATIENTS: Final[tuple[Patient, ...]] = (
    Patient(
        site="JP-03",
        site_name="Yamagata Prefectural Central Hospital",
        subject="JP-03-0001",
        person=identity.YAMAMOTO,
        manner=SIEMENS,
        build=Build(half_width_mm=160.0, half_depth_mm=108.0, fat_mm=11.0),
        lesions=(
            _L("L1", "VIII", _C.SHRINKS, 26.0, 17.0),
            _L("L2", "IVa", _C.VANISHES_ON_CT, 15.0, 10.5),
            _L("L3", "VI", _C.ONLY_ON_EOB, 13.0, 8.5),
            _L("L4", "III", _C.MOTION_ON_DWI, 12.0, None),
            _L("L5", "V", _C.VANISHES, 10.0, None),
        ),
        baseline_on="20170510",
    ),
    Patient(
        site="BE-02",
        site_name="UZ Leuven",
        subject="BE-02-0001",
        person=identity.VERSTRAETE,
        manner=PHILIPS,
        build=Build(half_width_mm=168.0, half_depth_mm=112.0, fat_mm=19.0),
        lesions=(
            _L("L1", "VII", _C.SHRINKS, 31.0, 19.5),
            _L("L2", "V", _C.VANISHES, 11.5, None),
            _L("L3", "II", _C.VANISHES, 9.5, None),
            _L("L4", "VIII", _C.VANISHES_ON_CT, 14.0, 10.0),
        ),
        baseline_on="20170911",
        enhanced_diffusion=True,
    ),
    Patient(
        site="FR-03",
        site_name="Gustave Roussy",
        subject="FR-03-0001",
        person=identity.LEMAITRE,
        manner=GE,
        build=Build(half_width_mm=174.0, half_depth_mm=117.0, fat_mm=17.0),
        lesions=(
            _L("L1", "VI", _C.SHRINKS, 34.0, 21.0),
            _L("L2", "VIII", _C.VANISHES, 12.0, None),
            _L("L3", "VII", _C.ONLY_ON_EOB, 12.5, 8.0),
            _L("L4", "II", _C.MOTION_ON_DWI, 11.0, None),
        ),
        baseline_on="20180122",
    ),
    Patient(
        site="AT-03",
        site_name="Medical University of Vienna",
        subject="AT-03-0001",
        person=identity.GRUBER,
        manner=CANON,
        build=Build(half_width_mm=158.0, half_depth_mm=105.0, fat_mm=13.0),
        lesions=(
            _L("L1", "VIII", _C.SHRINKS, 22.0, 12.5),
            _L("L2", "VI", _C.VANISHES_ON_CT, 14.5, 9.0),
            _L("L3", "III", _C.VANISHES, 10.0, None),
        ),
        baseline_on="20180604",
    ),
    Patient(
        site="US-02",
        site_name="MD Anderson Cancer Center",
        subject="US-02-0001",
        person=identity.TANAKA_WHITFIELD,
        manner=UIH,
        build=Build(half_width_mm=172.0, half_depth_mm=118.0, fat_mm=22.0),
        lesions=(
            _L("L1", "V", _C.SHRINKS, 24.0, 15.0),
            _L("L2", "VII", _C.VANISHES, 13.0, None),
            _L("L3", "IVa", _C.ONLY_ON_EOB, 12.0, 7.5),
        ),
        baseline_on="20181105",
    ),
)

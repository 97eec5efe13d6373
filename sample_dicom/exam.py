"""One visit of one patient: frames of reference, breathing, and every series as whole numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sample_dicom import imaging, methods
from sample_dicom.anatomy.phantom import Phantom
from sample_dicom.chance import Floats, between, stream, uid
from sample_dicom.cohort import Patient
from sample_dicom.contrast import Phase
from sample_dicom.geometry import Placement, Vector, placement, stack_around
from sample_dicom.imaging import View
from sample_dicom.lesions import NOT_EVALUABLE, VISIBLE, Lesion, Tumour
from sample_dicom.protocol import Kind, Part, SeriesPlan, ct_series, mr_series
from sample_dicom.roles import SEQUENCE_OF_ROLE
from sample_dicom.signal import (
    ct_look,
    diffusion_look,
    gradient_echo_look,
    gradient_echo_parts,
    part_looks,
    turbo_spin_echo_look,
)
from sample_dicom.sizes import Size

Pixels = NDArray[np.int16]

DIFFUSION_TILT_DEG: Final = 12.0

_BREATH_MM: Final[dict[str, Vector]] = {
    "ct-arterial": (0.0, 0.0, 0.0),
    "ct-portal-venous": (0.4, -0.9, 4.2),
    "t1-opposed-phase": (0.0, 0.0, 0.0),
    "t1-in-phase": (0.0, 0.0, 0.0),
    "dual-echo": (0.0, 0.0, 0.0),
    "t2": (0.7, 1.4, -6.1),
    "dwi": (-0.5, 1.8, -8.3),
    "adc": (-0.5, 1.8, -8.3),
    "eob-pre": (0.2, 0.3, 1.0),
    "eob-arterial": (0.3, -0.6, 2.7),
    "eob-portal-venous": (0.0, 0.5, -1.9),
    "eob-transitional": (0.2, 0.4, 3.2),
    "eob-hepatobiliary": (-0.8, 1.0, -4.7),
}
"""Where the liver lies in each breath-hold (mm); each examination adds up to 1.2 mm of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """CT or MR of one visit."""

    patient: Patient
    timepoint: str
    modality: str
    date: str
    seed_words: tuple[object, ...]
    placement: Placement
    size: Size
    series: tuple[SeriesPlan, ...]

    @property
    def frame_of_reference_uid(self) -> str:
        """All series of the examination share it."""
        return uid("frame of reference", *self.seed_words)

    @property
    def study_uid(self) -> str:
        """CT and MR of a visit are studies of their own."""
        return uid("study", *self.seed_words)

    def series_uid(self, plan: SeriesPlan) -> str:
        """UID of a series."""
        return uid("series", *self.seed_words, plan.number)

    def shift_mm(self, plan: SeriesPlan, part: Part) -> Vector:
        """How far breathing moved the liver in this part; one series of diffusion moves as one."""
        key = part.role if plan.kind is Kind.EOB else plan.name.partition("-b")[0]
        breath = _BREATH_MM[key]
        extra = stream("breath", *self.seed_words, "dwi" if key == "adc" else key)
        moved = [round(v + between(extra, -1.2, 1.2) * w, 2) for v, w in zip(breath, (0.3, 0.4, 1.0), strict=True)]
        return (moved[0], moved[1], moved[2])

    def view(self, plan: SeriesPlan, part: Part) -> View:
        """The stack of a part and where the patient lies in it."""
        grid = self.size.grids[plan.kind]
        x, y, z = self.placement.apply((0.0, 0.0, self.size.middle_z_mm))
        tilt = DIFFUSION_TILT_DEG if plan.kind in {Kind.DWI, Kind.ADC} else 0.0
        stack = stack_around(
            (round(x, 1), round(y, 1), round(z, 1)),
            n_slices=grid.n_slices,
            rows=grid.rows,
            columns=grid.columns,
            pixel_mm=grid.pixel_mm,
            step_mm=grid.step_mm,
            thickness_mm=grid.thickness_mm,
            tilt_deg=tilt,
        )
        return View(stack, self.placement, self.shift_mm(plan, part))


def exams_of(patient: Patient, timepoint: str, dates: tuple[str, str], size: Size, seed: int) -> tuple[Exam, Exam]:
    """CT and MR of a visit."""
    made = []
    mr = mr_series(patient.manner, enhanced_diffusion=patient.enhanced_diffusion and timepoint == "baseline")
    for modality, date, series in (("CT", dates[0], ct_series()), ("MR", dates[1], mr)):
        words = (seed, size.name, patient.subject, timepoint, modality)
        bits = stream("placement", *words)
        turn = tuple(between(bits, -2.4, 2.4) for _ in range(3))
        x, y = between(bits, -14, 14), between(bits, -16, 16)
        z = between(bits, -1290, -1150) if modality == "CT" else between(bits, -48, 36)
        at = placement((turn[0], turn[1], turn[2]), (round(x, 2), round(y, 2), round(z, 2)))
        made.append(
            Exam(
                patient=patient,
                timepoint=timepoint,
                modality=modality,
                date=date,
                seed_words=words,
                placement=at,
                size=size,
                series=tuple(series),
            )
        )
    return made[0], made[1]


def acquired(exam: Exam, phantom: Phantom, lesions: Sequence[Lesion]) -> Iterator[tuple[SeriesPlan, list[Pixels]]]:
    """Each series with the pixels of its parts (slices, rows, columns), lowest slice first."""
    diffusion: dict[int, Pixels] = {}
    for plan in exam.series:
        if plan.kind is Kind.ADC:
            yield plan, [adc_map(diffusion, exam.patient.manner.adc_slope)]
            continue
        volumes = [_part_pixels(exam, plan, part, phantom, lesions) for part in plan.parts]
        if plan.kind is Kind.DWI:
            for part, volume in zip(plan.parts, volumes, strict=True):
                assert part.b_value is not None, "diffusion parts have a b-value"
                diffusion[part.b_value] = volume
        yield plan, volumes


def adc_map(diffusion: dict[int, Pixels], slope: float) -> Pixels:
    """The coefficient between the low and the high b-value, in 10^-6 mm2/s divided by the slope, 0 in the air."""
    low = diffusion[methods.ADC_LOW_B].astype(np.float64)
    high = np.maximum(diffusion[methods.ADC_HIGH_B], 1).astype(np.float64)
    span = methods.ADC_HIGH_B - methods.ADC_LOW_B
    adc = np.round(np.log(np.maximum(low, 1.0) / high) / span * 1e6 / slope, 4)
    around = ndimage.uniform_filter(low, (1, 5, 5), mode="nearest")
    adc[around < methods.ADC_FLOOR] = 0.0
    return imaging.whole_numbers(adc.astype(np.float32), 0, 4095)


def _part_pixels(exam: Exam, plan: SeriesPlan, part: Part, phantom: Phantom, lesions: Sequence[Lesion]) -> Pixels:
    view = exam.view(plan, part)
    shown = _shown(exam, part.role, lesions)
    words = (*exam.seed_words, plan.number, part.role, part.b_value)
    if plan.kind is Kind.CT:
        look = ct_look(part.phase)
        slices = imaging.slices_of(phantom, look, shown, view)
        return imaging.whole_numbers(
            imaging.scanned_ct(slices, view, noise_hu=methods.CT_NOISE_HU, words=words), -1024, 3071
        )
    slices = _mr_slices(exam, plan, part, phantom, shown, view)
    if plan.kind is Kind.DWI:
        slices = _diffusion_faults(exam, slices, view, part, lesions)
    method = methods.METHODS[plan.kind]
    picture = imaging.scanned_mr(
        slices,
        view,
        noise=method.noise,
        blur_px=method.blur_px,
        bias=method.bias,
        words=words,
        coil_words=exam.seed_words,
    )
    return imaging.whole_numbers(picture, 0, 4095)


def _mr_slices(
    exam: Exam, plan: SeriesPlan, part: Part, phantom: Phantom, shown: Sequence[Tumour], view: View
) -> Floats:
    method = methods.METHODS[plan.kind]
    if plan.kind is Kind.DUAL_ECHO:
        opposed = part.echo == 1
        te = exam.patient.manner.echo_times_ms[0 if opposed else 1]
        water, fat = gradient_echo_parts(Phase.PRE, tr_ms=method.tr_ms, te_ms=te, flip_deg=method.flip_deg)
        water_look, fat_look = part_looks(water, fat, method.gain)
        w = imaging.slices_of(phantom, water_look, shown, view)
        f = imaging.slices_of(phantom, fat_look, shown, view)
        return np.abs(w - f) if opposed else w + f
    if plan.kind is Kind.T2:
        look = turbo_spin_echo_look(te_ms=method.te_ms, gain=method.gain)
    elif plan.kind is Kind.DWI:
        look = diffusion_look(float(part.b_value or 0), te_ms=method.te_ms, gain=method.gain)
    else:
        look = gradient_echo_look(
            part.phase, tr_ms=method.tr_ms, te_ms=method.te_ms, flip_deg=method.flip_deg, gain=method.gain
        )
    return imaging.slices_of(phantom, look, shown, view)


def _shown(exam: Exam, role: str, lesions: Sequence[Lesion]) -> list[Tumour]:
    """The tumours that can be seen on series of this role."""
    sequence = SEQUENCE_OF_ROLE[role]
    found = []
    for lesion in lesions:
        tumour = lesion.tumour(exam.timepoint)
        if tumour is not None and lesion.plan.visibility(exam.timepoint)[sequence] == VISIBLE:
            found.append(tumour)
    return found


def _diffusion_faults(exam: Exam, slices: Floats, view: View, part: Part, lesions: Sequence[Lesion]) -> Floats:
    """The ghost of EPI, and the heart beat over lesions that diffusion cannot judge."""
    slices = imaging.with_ghost(slices, methods.EPI_GHOST)
    if not part.b_value:
        return slices
    for lesion in lesions:
        if lesion.plan.visibility(exam.timepoint)["dwi"] == NOT_EVALUABLE:
            at = view.stack.find(lesion_position(view, lesion))
            reach = 34.0 / view.stack.pixel_mm
            left = 0.55 if part.b_value < methods.ADC_HIGH_B // 2 else 0.16
            slices = imaging.with_motion(slices, at, reach_px=reach, left=left)
    return slices


def lesion_position(view: View, lesion: Lesion) -> Vector:
    """Centre of a lesion in the frame of reference, breathing included (LPS, mm)."""
    at = view.placement.apply(lesion.centre)
    x, y, z = (round(p + s, 2) for p, s in zip(at, view.shift_mm, strict=True))
    return (x, y, z)

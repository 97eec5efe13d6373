"""A made-up abdomen that can be looked at from anywhere: balls of many kinds of tissue in an oval body (LPS, mm)."""

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from casebook.dicom.volumes import Volume

HALF_BODY_MM = np.array([105.0, 75.0, 70.0])
KINDS = 6
CT_HU = (40.0, 100.0, -40.0, 160.0, 10.0, 70.0, -90.0)
MR_SIGNAL = (300.0, 900.0, 120.0, 250.0, 700.0, 480.0, 60.0)
"""Of the body's ground, then of each kind of ball."""


@dataclass(frozen=True)
class Abdomen:
    """Balls by centre, radius and kind, and where the body's own coordinates lie: p = turn . own + shift."""

    centres_mm: np.ndarray
    radii_mm: np.ndarray
    kinds: np.ndarray
    turn: np.ndarray
    shift_mm: np.ndarray

    def matrix(self):
        """4 x 4: own coordinates to patient space."""
        return np.block([[self.turn, self.shift_mm[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])

    def tissue_at(self, points_mm):
        """Kind of tissue per point: -1 air, 0 ground, 1... balls."""
        own = (points_mm - self.shift_mm) @ self.turn
        oval = (own[:, :2] / HALF_BODY_MM[:2]) ** 2
        inside = oval.sum(axis=1) < 1
        tissue = np.where(inside, 0, -1)
        for centre, radius, kind in zip(self.centres_mm, self.radii_mm, self.kinds, strict=True):
            tissue[inside & (((own - centre) ** 2).sum(axis=1) < radius**2)] = kind
        return tissue


def an_abdomen(seed=1, n_balls=90):
    dice = np.random.default_rng(seed)
    return Abdomen(
        centres_mm=dice.uniform(-1, 1, (n_balls, 3)) * HALF_BODY_MM * 1.1,
        radii_mm=dice.uniform(7, 18, n_balls),
        kinds=dice.integers(1, KINDS + 1, n_balls),
        turn=np.eye(3),
        shift_mm=np.zeros(3),
    )


def lying_elsewhere(abdomen, *, turn_deg=(0, 0, 0), shift_mm=(0, 0, 0)):
    rigid = sitk.Euler3DTransform()
    rigid.SetRotation(*np.radians(turn_deg).tolist())
    return replace(abdomen, turn=np.array(rigid.GetMatrix()).reshape(3, 3), shift_mm=np.array(shift_mm, float))


def frames_of(abdomen, *, is_ct, noise_seed=7, voxel_mm=(4.0, 4.0, 5.0), n_voxels=(60, 44, 26)):
    """(slices, rows, columns) around the body's middle, and the centre of the first voxel."""
    spacing = np.array(voxel_mm)
    first = abdomen.shift_mm - (np.array(n_voxels) - 1) / 2 * spacing
    indices = np.indices(n_voxels).reshape(3, -1).T
    tissue = abdomen.tissue_at(first + indices * spacing)
    values = np.array(CT_HU if is_ct else MR_SIGNAL)[np.maximum(tissue, 0)]
    values = np.where(tissue < 0, -1000.0 if is_ct else 5.0, values)
    values = values + np.random.default_rng(noise_seed).normal(0, 12.0, values.shape)
    array = values.reshape(n_voxels).transpose(2, 1, 0).astype(np.float32)
    return (array if is_ct else np.abs(array)), first


def a_volume(abdomen, *, is_ct, **how):
    array, first = frames_of(abdomen, is_ct=is_ct, **how)
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(first.tolist())
    image.SetSpacing(how.get("voxel_mm", (4.0, 4.0, 5.0)))
    return Volume(image, is_hounsfield=is_ct)

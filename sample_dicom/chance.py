"""Chance that falls the same way on every machine.

Only the bit stream of PCG64 is used, which NumPy keeps stable, and exact arithmetic on it. Functions whose last bit
differs between processors (exp, log, the filters of SciPy) are evaluated in double and rounded to single precision
before anything depends on them, so that the integers that are written agree everywhere.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats: TypeAlias = NDArray[np.float32]

_UID_ROOT: Final = "2.25."
_FOUR_UNIFORMS_MEAN: Final = 131070
_UNIFORM_16_SD: Final = 65536.0 / np.sqrt(12.0)


def digest(*words: object) -> int:
    """A 128-bit number that depends on every word and on nothing else."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])


def uid(*words: object) -> str:
    """A DICOM UID made from the words (PS3.5 B.2: 2.25 and a 128-bit number)."""
    return f"{_UID_ROOT}{digest('uid', *words)}"


def stream(*words: object) -> np.random.PCG64:
    """A bit stream of its own for the words."""
    return np.random.PCG64(digest("stream", *words))


def uniform(bits: np.random.PCG64, n: int) -> NDArray[np.float64]:
    """`n` numbers in [0, 1), with 32 random bits each."""
    return (bits.random_raw(n) >> np.uint64(32)).astype(np.float64) / 2.0**32


def between(bits: np.random.PCG64, low: float, high: float) -> float:
    """One number in [low, high), rounded to four decimals."""
    return round(low + (high - low) * float(uniform(bits, 1)[0]), 4)


def bell(bits: np.random.PCG64, shape: Sequence[int]) -> Floats:
    """Numbers of mean 0 and standard deviation 1, bell-shaped within 3.4 (sum of four uniforms)."""
    n = int(np.prod(shape))
    quarters = bits.random_raw(n).view(np.uint16)
    total = quarters[0::4].astype(np.int32)
    for part in (1, 2, 3):
        total += quarters[part::4]
    centred = (total - np.int32(_FOUR_UNIFORMS_MEAN)).astype(np.float32)
    return (centred * np.float32(1.0 / (2.0 * _UNIFORM_16_SD))).reshape(tuple(shape))


def smooth_noise(bits: np.random.PCG64, shape: Sequence[int], sigma: float | Sequence[float]) -> Floats:
    """Bell-shaped noise smoothed by a Gaussian of `sigma` samples, scaled back to standard deviation 1."""
    field = ndimage.gaussian_filter(bell(bits, shape), sigma, mode="wrap")
    spread = round(float(field.std(dtype=np.float64)), 6)
    return (field / np.float32(spread)).astype(np.float32)

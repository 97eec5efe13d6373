"""How often Python looks for cyclic garbage while a great many values are made that hold none.

Millions of cells in tuples are walked over again and again by a collector that finds nothing; a data cut of a large
study took a third longer for it (measured, `benchmarks/cuts.py`).
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SELDOM: Final = (100_000, 50, 100)
"""Thresholds of the generations (`gc.set_threshold`); Python begins with 700, 10, 10."""
_lock = threading.Lock()
_outer: list[tuple[int, int, int]] = []
"""The thresholds from before, once for each block that runs, in whichever thread."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Within, garbage is looked for less often, in the whole process; the last block to end puts things back."""
    with _lock:
        _outer.append(_outer[0] if _outer else gc.get_threshold())
        gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        with _lock:
            before = _outer.pop()
            if not _outer:
                gc.set_threshold(*before)

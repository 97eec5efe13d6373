"""Registrations in a process of their own.

Volumes go there and are kept there as files, so that this process holds one at a time and loads no SimpleITK. There the
service keeps answering meanwhile (SimpleITK holds the interpreter's lock), one thread makes equal
volumes give equal bits, and a crash or a leak ends with the process.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import numpy as np

from casebook.dicom import itk as sitk
from casebook.dicom.breathing import Breathing, breathing
from casebook.dicom.registration import Registration, register_prepared
from casebook.dicom.registration_search import Prepared, prepared
from casebook.dicom.volumes import Box

NICENESS: Final = 10
"""People who wait for a page go first."""


@dataclass(frozen=True, slots=True)
class RegistrationProcess:
    """The process, from `registration_process`; every call waits for its answer.

    A prepared volume is a file of `folder`, which goes with the process.
    """

    executor: ProcessPoolExecutor
    folder: Path

    def prepared(self, box: Box) -> Path:
        """`registration_search.prepared` over there."""
        values = self.folder / f"{uuid4()}.npy"
        np.save(values, box.values)
        without = replace(box, values=np.empty((0, 0, 0), np.float32))
        return self.executor.submit(_prepare, values, without).result()

    def registered(self, fixed: Path, moving: Path) -> Registration:
        """`registration.register_prepared` over there."""
        return self.executor.submit(_register, fixed, moving).result()

    def breathing(self, fixed: Path, moving: Path) -> Breathing:
        """`breathing.breathing` over there."""
        return self.executor.submit(_measure, fixed, moving).result()


@contextmanager
def registration_process() -> Iterator[RegistrationProcess]:
    """A process that ends with the block; it starts when it is first asked."""
    context = multiprocessing.get_context("spawn")
    with (
        TemporaryDirectory(prefix="casebook-volumes-") as folder,
        ProcessPoolExecutor(1, mp_context=context, initializer=_begin) as executor,
    ):
        yield RegistrationProcess(executor, Path(folder))


def _begin() -> None:
    os.nice(NICENESS)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def _prepare(values: Path, box: Box) -> Path:
    ready = prepared(replace(box, values=np.load(values)).as_volume())
    values.unlink()
    path = values.with_suffix(".prepared")
    path.write_bytes(pickle.dumps(ready))
    return path


def _register(fixed: Path, moving: Path) -> Registration:
    return register_prepared(_ready(fixed), _ready(moving))


def _measure(fixed: Path, moving: Path) -> Breathing:
    return breathing(_ready(fixed), _ready(moving))


def _ready(path: Path) -> Prepared:
    ready: Prepared = pickle.loads(path.read_bytes())  # noqa: S301 - written by `_prepare`, in a folder of our own
    return ready

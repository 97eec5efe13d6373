"""Registrations in a process of their own.

There the service keeps answering meanwhile (SimpleITK holds the interpreter's lock), one thread makes equal
volumes give equal bits, and a crash or a leak ends with the process.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import SimpleITK as sitk

from casebook.dicom.breathing import Breathing, breathing
from casebook.dicom.registration import Registration, register_prepared
from casebook.dicom.registration_search import Prepared, prepared
from casebook.dicom.volumes import Volume

NICENESS: Final = 10
"""People who wait for a page go first."""


@dataclass(frozen=True, slots=True)
class RegistrationProcess:
    """The process, from `registration_process`; every call waits for its answer."""

    executor: ProcessPoolExecutor

    def prepared(self, volume: Volume) -> Prepared:
        """`registration_search.prepared` over there."""
        return self.executor.submit(prepared, volume).result()

    def registered(self, fixed: Prepared, moving: Prepared) -> Registration:
        """`registration.register_prepared` over there."""
        return self.executor.submit(register_prepared, fixed, moving).result()

    def breathing(self, fixed: Prepared, moving: Prepared) -> Breathing:
        """`breathing.breathing` over there."""
        return self.executor.submit(breathing, fixed, moving).result()


@contextmanager
def registration_process() -> Iterator[RegistrationProcess]:
    """A process that ends with the block; it starts when it is first asked."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_begin) as executor:
        yield RegistrationProcess(executor)


def _begin() -> None:
    os.nice(NICENESS)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)

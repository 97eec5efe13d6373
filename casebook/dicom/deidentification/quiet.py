"""Reading without pydicom's warnings and log lines, whose text quotes the values they complain about."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PYDICOM_LOGGER: Final = logging.getLogger("pydicom")


@contextmanager
def quietly() -> Iterator[None]:
    """No warning is shown, logged or raised inside: a value may be a patient's. Not for threads."""
    was_disabled = _PYDICOM_LOGGER.disabled
    _PYDICOM_LOGGER.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _PYDICOM_LOGGER.disabled = was_disabled

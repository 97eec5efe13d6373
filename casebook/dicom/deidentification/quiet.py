"""Reading without pydicom's warnings, whose text quotes the values they complain about."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """No warning is shown, logged or raised inside: a value may be a patient's. Not for threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

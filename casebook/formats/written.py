"""A file as it is written: where it goes in an export, and its bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of an export; `path` is relative, with forward slashes."""

    path: str
    content: bytes

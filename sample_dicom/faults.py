"""Things that do not belong into a submission but come with it: what ingest has to hold, refuse or skip."""

from pathlib import Path
from typing import Any


def add_faults(out: Path, patients: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Add one of each fault to the first patient's baseline and say what each is."""
    del out, patients
    return []

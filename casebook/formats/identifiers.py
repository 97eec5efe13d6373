"""What the files of a cut call the study, its datasets and their variables, so that one file may refer to another."""

from datetime import UTC

from casebook.domain.datasets.about import About
from casebook.domain.datasets.model import Shape, Standard

ORIGINATOR = "Casebook"
"""The program that the files say they come from."""


def folder_of(standard: Standard) -> str:
    """The folder of a standard's Define-XML."""
    return "sdtm" if standard is Standard.SDTM else "adam"


def made_at(about: About) -> str:
    """The instant the cut was made at, in UTC (ISO 8601)."""
    return about.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def study_oid(about: About) -> str:
    """The study."""
    return f"ST.{about.study_code}"


def metadata_oid(about: About, standard: Standard) -> str:
    """The description of all datasets of a standard in this cut."""
    return f"MDV.{about.study_code}.{folder_of(standard).upper()}.{about.definition_version}"


def file_oid(about: About, name: str) -> str:
    """One file of the cut."""
    return f"{about.study_code}.{about.cut_name}.{name}"


def group_oid(shape: Shape) -> str:
    """A dataset."""
    return f"IG.{shape.name}"


def item_oid(shape: Shape, variable: str) -> str:
    """A variable of a dataset."""
    return f"IT.{shape.name}.{variable}"


def comment_oid(shape: Shape, variable: str | None = None) -> str:
    """A remark on a dataset, or on one of its variables."""
    return f"COM.{shape.name}" if variable is None else f"COM.{shape.name}.{variable}"

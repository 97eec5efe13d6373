"""SimpleITK, loaded when something of it is first used: it takes 90 MiB, and only registering needs it.

Used as `from casebook.dicom import itk as sitk`, with annotations that are not evaluated.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    import SimpleITK  # noqa: PLC0415 - see above

    return getattr(SimpleITK, name)

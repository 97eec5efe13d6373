"""Every dataset of a study, made of its material."""

from casebook.domain.datasets.adam.adles import adles
from casebook.domain.datasets.adam.adsl import adsl
from casebook.domain.datasets.material import LesionMaterial, StudyMaterial, SubjectMaterial
from casebook.domain.datasets.model import Dataset


def datasets_of(study: StudyMaterial) -> tuple[Dataset, ...]:
    """Return the analysis datasets of a study."""
    return (adsl(study), adles(study, _nowhere))


def _nowhere(_subject: SubjectMaterial, _lesion: LesionMaterial) -> tuple[str, int] | None:
    return None

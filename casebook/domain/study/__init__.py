"""The study definition: a study as data, read from one TOML file."""

from casebook.domain.study.load import load_study
from casebook.domain.study.model import StudyDefinition
from casebook.domain.study.problems import Problem, StudyDefinitionError

__all__ = ["Problem", "StudyDefinition", "StudyDefinitionError", "load_study"]

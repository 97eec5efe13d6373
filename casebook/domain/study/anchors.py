"""The dated events a study counts from."""

from enum import StrEnum


class Anchor(StrEnum):
    """A dated event of the subject's course that other dates are counted from."""

    FIRST_REGISTRATION = "first-registration"
    CHEMOTHERAPY_START = "chemotherapy-start"
    CHEMOTHERAPY_END = "chemotherapy-end"
    MDT_DECISION = "mdt-decision"
    SECOND_REGISTRATION = "second-registration"
    SURGERY = "surgery"

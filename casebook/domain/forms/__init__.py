"""Forms as data: what a form asks and whether an entry answers it."""

from casebook.domain.forms.definition import FieldDefinition, FieldType, FormDefinition, FormScope
from casebook.domain.forms.entry import EntryContext, FormCheck, is_open, stored_entry, validate_entry
from casebook.domain.forms.faults import Fault
from casebook.domain.forms.values import Entry, Member, Missing, PartialDate, plain

__all__ = [
    "Entry",
    "EntryContext",
    "Fault",
    "FieldDefinition",
    "FieldType",
    "FormCheck",
    "FormDefinition",
    "FormScope",
    "Member",
    "Missing",
    "PartialDate",
    "is_open",
    "plain",
    "stored_entry",
    "validate_entry",
]

"""Writes CDISC ODM 1.3.2 as XML, element by element, so that no tree of a whole study is held.

The same document gives the same bytes: attributes and elements come in one order, instants in UTC.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol, TypeVar

from lxml import etree

from casebook.domain.texts import Text
from casebook.formats.odm_document import (
    Audit,
    Change,
    Clinical,
    CodeList,
    Condition,
    Document,
    Event,
    EventDef,
    FileType,
    Flag,
    Form,
    FormDef,
    Group,
    GroupDef,
    Item,
    ItemDef,
    Location,
    Metadata,
    Method,
    Note,
    Signed,
    Subject,
    Unit,
    User,
)

NAMESPACE: Final = "http://www.cdisc.org/ns/odm/v1.3"
ODM_VERSION: Final = "1.3.2"
FLAG_KINDS: Final = "CL.FLAG"
"""The list of what flags are about."""
LEGAL_REASON: Final = "21 CFR Part 11 (11.50, 11.70, 11.200): bound to the record's digest, password given again"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_LANGUAGE: Final = f"{{{_XML}}}lang"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold (clause 2.2); they become U+FFFD."""


class _Output(Protocol):
    def element(self, tag: str, attrib: Mapping[str, str] | None = None) -> AbstractContextManager[object]: ...
    def write(self, content: str) -> None: ...


def odm_bytes(document: Document) -> bytes:
    """Return the document as a file."""
    out = io.BytesIO()
    with etree.xmlfile(out, encoding="UTF-8") as raw:
        raw.write_declaration()
        with raw.element(f"{{{NAMESPACE}}}ODM", _clean(_root(document)), nsmap={None: NAMESPACE, "xml": _XML}):
            _Writer(raw, document).write()
    return out.getvalue() + b"\n"


def _root(document: Document) -> dict[str, str | None]:
    is_snapshot = document.type is FileType.SNAPSHOT
    return {
        "Description": document.said,
        "FileType": document.type,
        "Granularity": "All",
        "FileOID": document.oid,
        "CreationDateTime": instant(document.made_at),
        "AsOfDateTime": instant(document.made_at) if is_snapshot else None,
        "ODMVersion": ODM_VERSION,
        "Originator": "Casebook",
        "SourceSystem": "Casebook",
        "SourceSystemVersion": document.version,
    }


@lru_cache(maxsize=1024)
def instant(at: datetime) -> str:
    """Spell an instant: UTC, to the microsecond where it has them."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain_text(text: str) -> str:
    """Return the text with U+FFFD for what XML cannot hold."""
    return text if text.isprintable() else _NOT_XML.sub("\ufffd", text)


def _clean(attributes: Mapping[str, str | None]) -> dict[str, str]:
    return {
        name: value if value.isprintable() else plain_text(value)
        for name, value in attributes.items()
        if value is not None
    }


def _yes(value: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "Yes" if value else "No"


class _Tags(dict[str, str]):
    """Names of elements with their namespace."""

    def __missing__(self, name: str) -> str:
        tag = self[name] = f"{{{NAMESPACE}}}{name}"
        return tag


class _Writer:
    """Writes one document into an open file; `_open` and `_leaf` are its two strokes."""

    def __init__(self, out: _Output, document: Document) -> None:
        self._out = out
        self._document = document
        self._tags = _Tags()

    def write(self) -> None:
        """Write study, people and places, and the clinical data."""
        self._study()
        self._admin()
        for clinical in self._document.clinical:
            self._clinical(clinical)

    def _open(self, name: str, **attributes: str | None) -> AbstractContextManager[object]:
        return self._out.element(self._tags[name], _clean(attributes))

    def _leaf(self, name: str, text: str | None = None, **attributes: str | None) -> None:
        with self._out.element(self._tags[name], _clean(attributes)):
            if text is not None:
                self._out.write(plain_text(text))

    def _translated(self, parent: str, text: Text) -> None:
        with self._open(parent):
            for language, said in (("en", text.en), ("ja", text.ja)):
                with self._out.element(self._tags["TranslatedText"], {_LANGUAGE: language}):
                    self._out.write(plain_text(said))

    def _study(self) -> None:
        document = self._document
        with self._open("Study", OID=document.study):
            with self._open("GlobalVariables"):
                self._leaf("StudyName", document.study_name)
                self._leaf("StudyDescription", document.study_description)
                self._leaf("ProtocolName", document.protocol_name)
            with self._open("BasicDefinitions"):
                for unit in _units(document.metadata):
                    with self._open("MeasurementUnit", OID=unit.oid, Name=unit.symbol.en):
                        self._translated("Symbol", unit.symbol)
            for metadata in document.metadata:
                self._metadata(metadata)

    def _metadata(self, metadata: Metadata) -> None:
        groups = _once(group for form in metadata.forms for group in form.groups)
        items = _once(item for group in groups for item in group.items)
        lists = _once([*(item.codes for item in items if item.codes), *metadata.other_codes])
        with self._open("MetaDataVersion", OID=metadata.oid, Name=metadata.name):
            self._protocol(metadata)
            for event in metadata.events:
                self._event_def(event)
            for form in metadata.forms:
                self._form_def(form)
            for group in groups:
                self._group_def(group)
            for item in items:
                self._item_def(item)
            for codes in lists:
                self._code_list(codes)
            for condition in _once(item.not_collected for item in items if item.not_collected):
                self._condition(condition)
            for method in _once(item.method for item in items if item.method):
                self._method(method)

    def _protocol(self, metadata: Metadata) -> None:
        with self._open("Protocol"):
            self._translated("Description", metadata.label)
            for number, event in enumerate(metadata.events, start=1):
                self._leaf(
                    "StudyEventRef",
                    StudyEventOID=event.oid,
                    OrderNumber=str(number),
                    Mandatory=_yes(event.is_common),
                )

    def _event_def(self, event: EventDef) -> None:
        kind = "Common" if event.is_common else "Scheduled"
        with self._open("StudyEventDef", OID=event.oid, Name=event.name, Repeating="No", Type=kind):
            self._translated("Description", event.label)
            for number, form in enumerate(event.forms, start=1):
                self._leaf("FormRef", FormOID=form, OrderNumber=str(number), Mandatory="No")

    def _form_def(self, form: FormDef) -> None:
        with self._open("FormDef", OID=form.oid, Name=form.name, Repeating=_yes(form.repeats)):
            self._translated("Description", form.label)
            for number, group in enumerate(form.groups, start=1):
                self._leaf("ItemGroupRef", ItemGroupOID=group.oid, OrderNumber=str(number), Mandatory="No")

    def _group_def(self, group: GroupDef) -> None:
        with self._open("ItemGroupDef", OID=group.oid, Name=group.name, Repeating=_yes(group.repeats)):
            self._translated("Description", group.label)
            for number, item in enumerate(group.items, start=1):
                self._leaf(
                    "ItemRef",
                    ItemOID=item.oid,
                    OrderNumber=str(number),
                    Mandatory=_yes(item.is_mandatory),
                    MethodOID=item.method.oid if item.method else None,
                    CollectionExceptionConditionOID=item.not_collected.oid if item.not_collected else None,
                )

    def _item_def(self, item: ItemDef) -> None:
        with self._open(
            "ItemDef",
            OID=item.oid,
            Name=item.name,
            DataType=item.type,
            Length=None if item.length is None else str(item.length),
            SignificantDigits=None if item.decimals is None else str(item.decimals),
        ):
            if item.hint is not None:
                self._translated("Description", item.hint)
            self._translated("Question", item.question)
            if item.unit is not None:
                self._leaf("MeasurementUnitRef", MeasurementUnitOID=item.unit.oid)
            for comparator, bound in (("GE", item.lowest), ("LE", item.highest)):
                if bound is not None:
                    with self._open("RangeCheck", Comparator=comparator, SoftHard="Hard"):
                        self._leaf("CheckValue", bound)
            if item.codes is not None:
                self._leaf("CodeListRef", CodeListOID=item.codes.oid)

    def _code_list(self, codes: CodeList) -> None:
        with self._open("CodeList", OID=codes.oid, Name=codes.name, DataType="text"):
            for number, (value, text) in enumerate(codes.terms.items(), start=1):
                with self._open("CodeListItem", CodedValue=value, OrderNumber=str(number)):
                    self._translated("Decode", text)

    def _condition(self, condition: Condition) -> None:
        with self._open("ConditionDef", OID=condition.oid, Name=condition.name):
            self._translated("Description", condition.said)
            self._leaf("FormalExpression", condition.formula, Context="Casebook")

    def _method(self, method: Method) -> None:
        with self._open("MethodDef", OID=method.oid, Name=method.name, Type="Computation"):
            self._translated("Description", method.said)

    def _admin(self) -> None:
        with self._open("AdminData", StudyOID=self._document.study):
            for user in self._document.users:
                self._user(user)
            for location in self._document.locations:
                self._location(location)
            for signature in self._document.signatures:
                with self._open("SignatureDef", OID=signature.oid, Methodology="Electronic"):
                    self._leaf("Meaning", signature.meaning)
                    self._leaf("LegalReason", LEGAL_REASON)

    def _user(self, user: User) -> None:
        with self._open("User", OID=user.oid, UserType=user.type):
            self._leaf("LoginName", user.login)
            self._leaf("LocationRef", LocationOID=user.location)

    def _location(self, location: Location) -> None:
        with self._open("Location", OID=location.oid, Name=location.name, LocationType=location.type):
            for metadata in self._document.metadata:
                self._leaf(
                    "MetaDataVersionRef",
                    StudyOID=self._document.study,
                    MetaDataVersionOID=metadata.oid,
                    EffectiveDate=metadata.effective_on.isoformat(),
                )

    def _clinical(self, clinical: Clinical) -> None:
        with self._open("ClinicalData", StudyOID=self._document.study, MetaDataVersionOID=clinical.metadata):
            for subject in clinical.subjects:
                self._out.write("\n")
                self._subject(subject)

    def _subject(self, subject: Subject) -> None:
        with self._open("SubjectData", SubjectKey=subject.key, TransactionType=self._upsert):
            self._audit(subject.audit)
            self._leaf("SiteRef", LocationOID=subject.site)
            self._notes(subject.notes)
            for event in subject.events:
                self._event(event)

    @property
    def _upsert(self) -> str | None:
        return Change.UPSERT if self._document.type is FileType.TRANSACTIONAL else None

    def _event(self, event: Event) -> None:
        with self._open("StudyEventData", StudyEventOID=event.oid, TransactionType=self._upsert):
            for form in event.forms:
                self._out.write("\n")
                self._form(form)

    def _form(self, form: Form) -> None:
        with self._open("FormData", FormOID=form.oid, FormRepeatKey=form.key, TransactionType=self._upsert):
            self._audit(form.audit)
            self._signature(form.signed)
            self._notes(form.notes)
            for group in form.groups:
                self._group(group)

    def _group(self, group: Group) -> None:
        with self._open(
            "ItemGroupData", ItemGroupOID=group.oid, ItemGroupRepeatKey=group.key, TransactionType=self._upsert
        ):
            self._audit(group.audit)
            for item in group.items:
                self._item(item)

    def _item(self, item: Item) -> None:
        attributes = {"ItemOID": item.oid}
        if item.change is not None:
            attributes["TransactionType"] = item.change
        if item.value is not None:
            attributes["Value"] = plain_text(item.value)
        elif item.change is not Change.REMOVE:
            attributes["IsNull"] = "Yes"
        with self._out.element(self._tags["ItemData"], attributes):
            self._audit(item.audit)
            if item.notes:
                self._notes(item.notes)

    def _audit(self, audit: Audit | None) -> None:
        if audit is None:
            return
        element, tags, write = self._out.element, self._tags, self._out.write
        with element(tags["AuditRecord"]):
            with element(tags["UserRef"], {"UserOID": audit.user}):
                pass
            with element(tags["LocationRef"], {"LocationOID": audit.location}):
                pass
            with element(tags["DateTimeStamp"]):
                write(instant(audit.at))
            if audit.reason is not None:
                self._leaf("ReasonForChange", audit.reason)
            with element(tags["SourceID"]):
                write(audit.source)

    def _signature(self, signed: Signed | None) -> None:
        if signed is None:
            return
        with self._open("Signature", ID=signed.id):
            self._leaf("UserRef", UserOID=signed.user)
            self._leaf("LocationRef", LocationOID=signed.location)
            self._leaf("SignatureRef", SignatureOID=signed.meaning)
            self._leaf("DateTimeStamp", instant(signed.at))
            if signed.manifest is not None:
                self._leaf("CryptoBindingManifest", signed.manifest)

    def _notes(self, notes: Iterable[Note]) -> None:
        for number, note in enumerate(notes, start=1):
            with self._open("Annotation", SeqNum=str(number)):
                if note.said is not None:
                    self._leaf("Comment", note.said, SponsorOrSite="Site" if note.by_site else "Sponsor")
                for flag in note.flags:
                    self._flag(flag)

    def _flag(self, flag: Flag) -> None:
        with self._open("Flag"):
            self._leaf("FlagValue", flag.value, CodeListOID=flag.codes)
            self._leaf("FlagType", flag.kind, CodeListOID=FLAG_KINDS)


class _Named(Protocol):
    @property
    def oid(self) -> str: ...


_Thing = TypeVar("_Thing", bound=_Named)


def _once(things: Iterable[_Thing]) -> list[_Thing]:
    """Return each thing once, by its OID, in the order of first mention."""
    found: dict[str, _Thing] = {}
    for thing in things:
        found.setdefault(thing.oid, thing)
    return list(found.values())


def _units(metadata: Iterable[Metadata]) -> Iterator[Unit]:
    items = (item for one in metadata for form in one.forms for group in form.groups for item in group.items)
    yield from _once(item.unit for item in items if item.unit is not None)

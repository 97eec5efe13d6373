"""The study as ODM 1.3.2: what is recorded, with who recorded it and when; and every change that led there."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.odm_records import People, StudyRecords
from casebook.actions.studies import definition_of
from casebook.domain.actors import Action, Actor
from casebook.domain.datasets.about import About
from casebook.domain.queries import ASKED, QueryAct
from casebook.domain.study import StudyDefinition
from casebook.formats.odm import odm_bytes
from casebook.formats.odm_document import (
    Clinical,
    Document,
    FileType,
    Flag,
    Location,
    Note,
    SignatureDef,
    Subject,
    User,
)
from casebook.formats.odm_oids import location_oid, metadata_oid, study_oid
from casebook.formats.odm_rows import Names, Reader
from casebook.formats.odm_study import QUERY_ACT, QUERY_KIND, QUERY_STATE, FlagKind, metadata
from casebook.formats.odm_subjects import Asked, Records, changes, snapshot, without_withdrawn
from casebook.formats.written import WrittenFile
from casebook.store import odm, queries, registry
from casebook.store.queries import QueryRow, Wanted
from casebook.store.tables import Site, StudyVersion

SNAPSHOT: Final = "odm/odm.xml"
TRANSACTIONAL: Final = "odm/odm-transactional.xml"
INTERIM: Final = "INTERIM: the database is not locked; values can still change. "
BY_SITE: Final = frozenset({QueryAct.ANSWER.value})


@dataclass(frozen=True, slots=True)
class _Study:
    """All that both files are made of; `records` by version of the definition."""

    code: str
    versions: Sequence[tuple[StudyVersion, StudyDefinition]]
    records: Mapping[UUID, Sequence[Records]]
    names: Names
    users: Sequence[User]
    locations: Sequence[Location]
    signatures: Sequence[SignatureDef]


def odm_snapshot(session: Session, actor: Actor, *, study_code: str, about: About) -> Iterator[WrittenFile]:
    """Write the study's state with its audit records, then every change of it, in a constant number of queries.

    Of a subject that took back the use of its data by `about.as_of` only that it was registered and left is told.
    """
    actor.require(Action.EXPORT_ENDPOINT, study_code=study_code)
    study = _gathered(session, actor, study_code, about.as_of)
    yield WrittenFile(SNAPSHOT, odm_bytes(_document(study, about, FileType.SNAPSHOT, _now)))
    yield WrittenFile(TRANSACTIONAL, odm_bytes(_document(study, about, FileType.TRANSACTIONAL, changes)))


def _now(records: Records, reader: Reader) -> Iterator[Subject]:
    yield snapshot(records, reader)


def _document(
    study: _Study, about: About, kind: FileType, told: Callable[[Records, Reader], Iterator[Subject]]
) -> Document:
    newest = study.versions[-1][1]
    return Document(
        type=kind,
        oid=f"{study.code}/{about.cut_name}/{kind.value}",
        made_at=about.made_at,
        said=f"{INTERIM if about.is_interim else ''}{about.study_title.en}. {about.polarity.en}",
        version=about.program_version,
        study=study_oid(study.code),
        study_name=study.code,
        study_description=newest.title.en,
        protocol_name=f"{study.code} protocol {newest.protocol_version}",
        metadata=tuple(
            metadata(definition, effective_on=definition.valid_from or version.loaded_at.date())
            for version, definition in study.versions
        ),
        users=tuple(study.users),
        locations=tuple(study.locations),
        signatures=tuple(study.signatures),
        clinical=_clinical(study, told),
    )


def _clinical(study: _Study, told: Callable[[Records, Reader], Iterator[Subject]]) -> Iterator[Clinical]:
    for version, definition in study.versions:
        if records := study.records.get(version.id):
            reader = Reader(definition, study.names)
            yield Clinical(metadata_oid(definition.version), (one for each in records for one in told(each, reader)))


def _gathered(session: Session, actor: Actor, study_code: str, as_of: date) -> _Study:
    study = registry.study(session, study_code)
    versions = sorted(registry.versions(session, study.id), key=lambda version: (version.loaded_at, version.id))
    sites = registry.sites(session, study.id)
    found = registry.subjects(session, actor, Action.EXPORT_ENDPOINT)
    subjects = [subject for subject in found if subject.study_id == study.id]
    ids = [subject.id for subject in subjects]
    definitions = {version.id: definition_of(session, version.id) for version in versions}
    people = _people(session, study.id, definitions[versions[-1].id])
    told = StudyRecords(session, ids, people)
    asked = _asked(session, actor, study_code, ids)
    by_version: dict[UUID, list[Records]] = {}
    codes = {site.id: site.code for site in sites}
    for subject in subjects:
        definition = definitions[subject.study_version_id]
        records = told.records(subject, location_oid(codes[subject.site_id]), definition, asked.get(subject.id, ()))
        by_version.setdefault(subject.study_version_id, []).append(without_withdrawn(records, as_of))
    return _Study(
        code=study_code,
        versions=[(version, definitions[version.id]) for version in versions],
        records=by_version,
        names=told.names,
        users=[people.user(login) for login in sorted(told.logins)],
        locations=_locations(sites, definitions[versions[-1].id]),
        signatures=[SignatureDef(oid, meaning) for meaning, oid in told.meanings.items()],
    )


def _people(session: Session, study_id: UUID, definition: StudyDefinition) -> People:
    held = odm.held_roles(session, study_id)
    centre = next((one.code for one in definition.data_centres if one.for_all), definition.data_centres[0].code)
    roles = {one.login: one.role for one in reversed(held)}
    return People(roles, {one.login: one.site for one in reversed(held) if one.site is not None}, centre)


def _locations(sites: Sequence[Site], definition: StudyDefinition) -> list[Location]:
    centres = [Location(location_oid(one.code), one.label.en, "Sponsor") for one in definition.data_centres]
    return centres + [Location(location_oid(site.code), site.name_en, "Site") for site in sites]


def _asked(session: Session, actor: Actor, study_code: str, ids: Collection[UUID]) -> Mapping[UUID, list[Asked]]:
    threads = odm.threads(session, ids)
    found: dict[UUID, list[Asked]] = {}
    listed = queries.listed(session, actor, Action.SEE_QUERIES, Wanted())
    for row in sorted(listed, key=lambda one: one.query.number):
        query = row.query
        if query.subject_id is not None and row.study_code == study_code:
            thread = _thread(row, threads.get(query.id, ()))
            asked = Asked(query.timepoint_code, query.form_code, query.form_ordinal, query.field, thread)
            found.setdefault(query.subject_id, []).append(asked)
    return found


def _thread(row: QueryRow, said: Sequence[tuple[str, str | None, str]]) -> tuple[Note, ...]:
    """The question with state and kind, then what was done and said, one annotation each."""
    query = row.query
    flags = (
        Flag(query.state, QUERY_STATE, FlagKind.QUERY_STATE),
        Flag(query.kind, QUERY_KIND, FlagKind.QUERY_KIND),
    )
    asked = Note(f"Query {query.number}: {query.question['en']}", flags=flags)
    return asked, *(
        Note(
            f"Query {query.number}: {words}" if words else None,
            by_site=act in BY_SITE,
            flags=(Flag(act, QUERY_ACT, FlagKind.QUERY_ACT),),
        )
        for act, words, _ in said
        if act != ASKED
    )

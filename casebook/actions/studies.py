"""Loading study definitions, and the definition a subject's data were made under."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.domain.actors import Action, Actor
from casebook.domain.errors import Refused
from casebook.domain.study import StudyDefinition, load_study
from casebook.store import registry
from casebook.store.tables import Site, Study, StudyVersion

_parsed: dict[UUID, StudyDefinition] = {}
"""Definitions by the id of their version; versions never change."""


def load_definition(session: Session, actor: Actor, *, text: str, now: datetime) -> StudyDefinition:
    """Put a definition in force. Loading the same text again does nothing.

    Raises StudyDefinitionError for a faulty text and Refused when the version exists with other content.
    """
    definition = load_study(text)
    actor.require(Action.MANAGE_STUDY, study_code=definition.code)
    study = registry.study_or_none(session, definition.code)
    if study is None:
        study = Study(code=definition.code, name=definition.title.en)
        session.add(study)
        session.flush()
    known = registry.version_named(session, study.id, definition.version)
    if known is not None:
        if known.sha256 != definition.sha256:
            raise Refused(
                f"Version {definition.version} of {definition.code} is loaded with other content; "
                "give the amended file a new version.",
                field="study.version",
            )
        return definition
    session.add(
        StudyVersion(
            study_id=study.id, version=definition.version, sha256=definition.sha256, source=text, loaded_at=now
        )
    )
    _load_sites(session, study.id, definition)
    session.flush()
    return definition


def _load_sites(session: Session, study_id: UUID, definition: StudyDefinition) -> None:
    known = {site.code: site for site in registry.sites(session, study_id)}
    centre_of = {group.code: group.data_centre for group in definition.groups}
    for site in definition.sites:
        row = known.get(site.code)
        if row is None:
            row = Site(study_id=study_id, code=site.code)
            session.add(row)
        row.name_en, row.name_ja, row.country = site.name.en, site.name.ja, site.country
        row.site_group, row.data_centre = site.group, centre_of[site.group]


def definition_of(session: Session, version_id: UUID) -> StudyDefinition:
    """Return the definition of a stored version, parsed once in the life of the process."""
    found = _parsed.get(version_id)
    if found is None:
        found = _parsed[version_id] = load_study(registry.version(session, version_id).source)
    return found


def newest_definition(session: Session, study_code: str) -> tuple[UUID, StudyDefinition]:
    """Return the version in force and its definition. Raises NotFound for an unknown study."""
    version_id = registry.newest_version_id(session, study_code)
    return version_id, definition_of(session, version_id)

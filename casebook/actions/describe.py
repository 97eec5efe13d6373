"""What a timepoint's images are: roles, geometry, protocol checks and ready-made metadata, worked out after arrival."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.actions.image_checks import save_checks
from casebook.actions.image_states import note_new_images
from casebook.actions.progress import refresh_progress
from casebook.actions.reconcile import reconcile_later
from casebook.actions.series_rules import role_rules_in_force
from casebook.actions.series_window import ImageSource, initial_window
from casebook.actions.studies import definition_of
from casebook.dicom.metadata import series_blobs
from casebook.domain.imaging import SeriesRole as Role
from casebook.domain.lesion_location import series_planes
from casebook.domain.series_confirmed import beside_confirmed
from casebook.domain.series_facts import InstanceFacts, SeriesFacts, SourceText, series_facts
from casebook.domain.series_labels import series_label
from casebook.domain.series_role_rules import RoleRules
from casebook.domain.series_roles import RoleProposal, propose_study_roles
from casebook.domain.study import StudyDefinition
from casebook.domain.texts import Text
from casebook.store import images, queue, registry
from casebook.store.files import FileStore
from casebook.store.images import ListedInstance
from casebook.store.tables import Instance, Series, Subject


def describe_timepoint(session: Session, *, timepoint_id: UUID, archive: FileStore, now: datetime) -> None:
    """Describe every series of the timepoint anew; roles that a person confirmed stay as they are."""
    subject = registry.subject_of_timepoint(session, timepoint_id, lock=True)
    definition = definition_of(session, subject.study_version_id)
    every = images.series_of_timepoint(session, timepoint_id)
    instances = {row.id: images.listed_instances(session, row.id) for row in every}
    rows = [row for row in every if instances[row.id]]
    facts = {row.series_uid: _facts(session, row.id) for row in rows}
    proposals = _proposals(session, facts, role_rules_in_force(session, subject.study_id))
    roles = {
        row.series_uid: _save_roles(
            session, row, proposals.get(row.series_uid, ()), [one.sop_uid for one in instances[row.id]]
        )
        for row in rows
    }
    for row in rows:
        uid = row.series_uid
        _describe(session, definition, subject, row, instances[row.id], facts[uid], roles[uid], archive)
        row.described_at = now
    save_checks(session, definition, timepoint_id, rows, facts, roles)
    note_new_images(session, timepoint_id, now)
    refresh_progress(session, subject.id)
    reconcile_later(session, subject.id)
    queue.defer(
        session,
        "link-frames",
        once_per=f"link-frames:{subject.id}",
        queue=queue.UNHURRIED,
        subject_id=str(subject.id),
    )


def _facts(session: Session, series_id: UUID) -> SeriesFacts:
    return series_facts([InstanceFacts.from_json(facts) for facts in images.instance_facts(session, series_id)])


def _proposals(
    session: Session, facts: Mapping[str, SeriesFacts], rules: RoleRules
) -> Mapping[str, tuple[RoleProposal, ...]]:
    texts = images.source_texts(session, list(facts))
    studies: dict[str, list[tuple[SeriesFacts, SourceText]]] = defaultdict(list)
    for series_uid, series in facts.items():
        studies[series.study_uid].append((series, SourceText.from_json(texts.get(series_uid, {}))))
    found: dict[str, tuple[RoleProposal, ...]] = {}
    for together in studies.values():
        found |= propose_study_roles(together, rules=rules)
    return found


def _save_roles(
    session: Session, row: Series, proposals: Sequence[RoleProposal], sop_uids: Sequence[str]
) -> list[RoleProposal]:
    stored = images.roles_of_series(session, [row.id])
    confirmed = [RoleProposal.from_json(role.proposal) for role in stored if role.confirmed_at is not None]
    proposals = [*confirmed, *beside_confirmed(confirmed, proposals, sop_uids)]
    images.replace_proposals(
        session,
        row.id,
        [
            {"role": item.role, "confidence": item.confidence, "rule": item.rule, "proposal": item.to_json()}
            for item in proposals
        ],
    )
    return proposals


def _describe(
    session: Session,
    definition: StudyDefinition,
    subject: Subject,
    row: Series,
    instances: Sequence[ListedInstance],
    facts: SeriesFacts,
    roles: Sequence[RoleProposal],
    archive: FileStore,
) -> None:
    label = _label(roles)
    planes = series_planes(facts)
    source = ImageSource(lambda instance_id: session.get_one(Instance, instance_id), archive)
    window = initial_window(definition, roles[0].role if roles else None, instances, source)
    row.label_en, row.label_ja = label.en, label.ja
    row.geometry = planes.to_json() if planes else None
    row.window_center, row.window_width = (window.center, window.width) if window else (None, None)
    row.n_instances, row.n_frames = len(instances), facts.n_frames
    headers = images.instance_headers(session, row.id)
    blobs = series_blobs(headers, label=label.en, reading_code=subject.reading_code)
    images.save_metadata(
        session, row.id, n_instances=len(instances), open_gz=blobs.open_gz, blinded_gz=blobs.blinded_gz
    )


def _label(roles: Sequence[RoleProposal]) -> Text:
    return series_label([(Role(item.role), [round(b) for b in item.b_values_s_per_mm2]) for item in roles])

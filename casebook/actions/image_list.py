"""Which images a study holds at a moment: kept with a data cut, so that what comes later does not enter."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from casebook.actions.studies import newest_definition
from casebook.domain.actors import Action, Actor
from casebook.store import image_list as store
from casebook.store import registry
from casebook.store.image_list import ListedImage, ListedRole, ListedSeries

IMAGE_LIST: Final = "images/series.json"
"""Where a cut keeps the list."""


def image_list(session: Session, actor: Actor, *, study_code: str) -> dict[str, Any]:
    """Return every series with its roles and images (UIDs and SHA-256), as plain JSON, in an order of its own.

    It names the definition in force, whose rules take the series apart whenever the list is exported.

    In a constant number of queries; only subjects whose images the actor may take away, and none that took back the use
    of its data.
    """
    actor.require(Action.EXPORT_IMAGES, study_code=study_code)
    study = registry.study(session, study_code)
    _, definition = newest_definition(session, study_code)
    withdrawn = store.withdrawn_numbers(session, study_id=study.id)
    of_study = store.series_of_study(session, actor, Action.EXPORT_IMAGES, study_id=study.id)
    found = [series for series in of_study if series.subject not in withdrawn]
    ids = [series.id for series in found]
    images, roles = store.images_of(session, ids), store.roles_of(session, ids)
    ordered = sorted(found, key=lambda one: (one.subject, one.timepoint, one.study_uid, one.series_uid))
    return {
        "study": study_code,
        "definition": definition.version,
        "series": [_series(one, roles.get(one.id, ()), images[one.id]) for one in ordered if one.id in images],
    }


def _series(series: ListedSeries, roles: Sequence[ListedRole], images: Sequence[ListedImage]) -> dict[str, Any]:
    return {
        "subject": series.subject,
        "timepoint": series.timepoint,
        "study_uid": series.study_uid,
        "study_on": series.study_on.isoformat() if series.study_on else None,
        "series_uid": series.series_uid,
        "series_number": series.series_number,
        "modality": series.modality,
        "roles": [_role(role) for role in _in_force(roles)],
        "instances": [
            {"sop_uid": image.sop_uid, "sha256": image.sha256.hex(), "n_bytes": image.n_bytes} for image in images
        ],
    }


def _in_force(roles: Sequence[ListedRole]) -> Sequence[ListedRole]:
    """What a person confirmed; the proposals where nobody has."""
    return [role for role in roles if role.is_confirmed] or roles


def _role(role: ListedRole) -> Mapping[str, Any]:
    return {
        "role": role.role,
        "is_confirmed": role.is_confirmed,
        "sop_uids": role.proposal.get("sop_uids"),
        "frame_numbers": role.proposal.get("frame_numbers"),
    }

"""From an adjudication as the registry knows it to what the adjudicator may see of it."""

from casebook.actions.adjudicating import Line, OpenedAdjudication, ShownRead
from casebook.domain.central.adjudication import Chosen, Disputed, Side
from services.api import case_views
from services.api.schemas import adjudications as api


def row(line: Line) -> api.AdjudicationRow:
    """Return one line of the list."""
    return api.AdjudicationRow(
        id=line.item.row.id,
        case_id=line.item.assignment.id,
        case_code=line.item.assignment.code,
        timepoint=line.timepoint.code,
        timepoint_label=case_views.label(line.timepoint.label),
        state=line.item.row.state,
        n_disputed=line.n_disputed,
        n_chosen=line.n_chosen,
    )


def adjudication(opened: OpenedAdjudication) -> api.Adjudication:
    """Return both reads with what they differ on."""
    item = opened.item
    return api.Adjudication(
        id=item.row.id,
        case_id=item.assignment.id,
        case_code=item.assignment.code,
        timepoint=opened.timepoint.code,
        timepoint_label=case_views.label(opened.timepoint.label),
        state=item.row.state,
        version=item.row.version,
        decided_at=item.row.decided_at,
        may_give_third=opened.definition.charter.adjudicator_may_give_third,
        disputed=[_disputed(opened, found) for found in opened.disputed],
        left=_read(opened.reads[Side.LEFT]),
        right=_read(opened.reads[Side.RIGHT]),
    )


def _disputed(opened: OpenedAdjudication, found: Disputed) -> api.DisputedLesion:
    return api.DisputedLesion(
        label=found.label,
        why=found.why,
        lesion_id=opened.lesion_ids.get(found.label) if found.only_in is None else None,
        left=found.left,
        right=found.right,
        only_in=found.only_in,
        new_label=found.new_label,
        locations=[case_views.location(*place) for place in opened.places.get(found.label, ())],
        chosen=_chosen(opened.choices.get(found.label)),
    )


def _chosen(chosen: Chosen | None) -> api.ChosenForLesion | None:
    if chosen is None:
        return None
    third = dict(chosen.third) if chosen.third else None
    return api.ChosenForLesion(choice=chosen.choice, third=third, comment=chosen.comment)


def _read(shown: ShownRead) -> api.ReadBeside:
    return api.ReadBeside(
        findings=[case_views.finding(row) for row in shown.findings],
        new_lesions=[case_views.new_lesion(row) for row in shown.new_lesions],
    )

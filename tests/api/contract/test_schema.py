"""The API's word holds: whatever is asked, the answer is one that the description foresees, and never a crash.

Requests are made from the description (schemathesis), so that a new route is held to its word without a line here.
Every request meets the same seeded study; what it writes is taken back.
"""

import os
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from casebook.domain.actors import Action
from tests.api.contract.asking import APP, OPERATIONS, VERSIONS, Asker, coverage, rightly, with_real_names
from tests.api.contract.world import asking
from tests.api.routes import routes

ACTIONS: dict[str, frozenset[Action]] = {str(route).replace(":path}", "}"): route.actions for route in routes(APP)}
EVERY = [pytest.param(label, id=label) for label in OPERATIONS]
N_EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
"""Random requests of each mode, beside the systematic ones; CONTRACT_EXAMPLES asks for more."""
ONLY_REFUSED: dict[str, str] = {
    "POST /api/v1/subjects/{subject_id}/timepoints/{timepoint}/lesions": "who has images is read: the list stays locked",
    "POST /api/v1/subjects/{subject_id}/second-registration": "it follows months of chemotherapy and an MDT decision",
    "POST /api/v1/uploads/{upload_id}/finish": "its files are sent first",
    "POST /api/v1/subjects/{number}/lesion-list": "who has images is read: the list stays locked",
}
"""Operations that one request cannot bring to success: they are refused as described, for this reason."""
_READ, _SETTLE, _GIVE = "tests/api/test_cases.py", "tests/api/test_adjudications.py", "tests/pages/test_readers.py"
_CASE = "/api/v1/cases/{case_id}/{timepoint}"
BY_ASSIGNMENT: dict[str, str] = {
    f"PUT {_CASE}/findings/{{lesion_id}}/{{judged}}": _READ,
    f"DELETE {_CASE}/findings/{{lesion_id}}/{{judged}}": _READ,
    f"PUT {_CASE}/new-lesions/{{label}}": _READ,
    f"DELETE {_CASE}/new-lesions/{{label}}": _READ,
    f"PUT {_CASE}/key-images/{{sop_instance_uid}}/{{frame}}": _READ,
    f"DELETE {_CASE}/key-images/{{sop_instance_uid}}/{{frame}}": _READ,
    f"POST {_CASE}/steps/{{step}}/lock": _READ,
    f"POST {_CASE}/sign": _READ,
    f"POST {_CASE}/reopen": _READ,
    f"PUT {_CASE}/corrections/{{from_series_uid}}/{{to_series_uid}}": "tests/api/test_corrections.py",
    f"DELETE {_CASE}/corrections/{{from_series_uid}}/{{to_series_uid}}": "tests/api/test_corrections.py",
    "GET /api/v1/reads/{reading_id}/report": "tests/actions/test_reading_report.py",
    "GET /api/v1/adjudications/{adjudication_id}": _SETTLE,
    "PUT /api/v1/adjudications/{adjudication_id}/choices/{label}": _SETTLE,
    "POST /api/v1/adjudications/{adjudication_id}/decide": _SETTLE,
    "POST /api/v1/reading-assignments/{assignment_id}/withdraw": _GIVE,
    "POST /api/v1/reading-assignments/{assignment_id}/replace": _GIVE,
}
"""Operations on what the system gave to one reader, served to nobody else: their success is held to account there."""
HELD_ELSEWHERE: dict[str, str] = {
    "GET /api/v1/subjects/{number}/lesions/{label}/derivation": "tests/api/test_endpoint.py",
    "GET /api/v1/worklist/group": "tests/pages/test_entries.py",
    "POST /api/v1/forms/withdraw-verification": "tests/api/test_form_acts.py",
    "POST /api/v1/forms/unfreeze": "tests/api/test_form_acts.py",
    "POST /api/v1/forms/unlock": "tests/api/test_form_acts.py",
    "POST /api/v1/discrepancies/accept": "tests/api/test_reconciliation.py",
    "POST /api/v1/discrepancies/query": "tests/api/test_reconciliation.py",
    "POST /api/v1/discrepancies/decisions": "tests/api/test_reconciliation.py",
    "DELETE /api/v1/board/views": "tests/api/test_reconciliation.py",
    "POST /api/v1/imports": "tests/api/test_imports.py",
    "PUT /api/v1/studies/{study}/sites/{site}/senders/{sender_id}": "tests/api/test_senders.py",
    "POST /api/v1/studies/{study}/sites/{site}/senders/{sender_id}/disable": "tests/api/test_senders.py",
    "POST /api/v1/studies/{study}/sites/{site}/senders/{sender_id}/enable": "tests/api/test_senders.py",
    "POST /api/v1/series/{series_id}/verdicts": "tests/api/test_series.py",
    "POST /api/v1/dicom-deliveries": "tests/api/test_senders.py",
    "POST /api/v1/dicom-deliveries/{delivery_id}/end": "tests/api/test_senders.py",
    "GET /api/v1/cuts/{cut_id}": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/files": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/files/{file}": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/export": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/comparison": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/comparison.csv": "tests/api/test_cuts.py",
    "GET /api/v1/cuts/{cut_id}/images/{number}": "tests/api/test_cuts.py",
}
"""Operations on what this world does not hold; these tests hold their success to account."""
bounded = settings(
    max_examples=N_EXAMPLES, phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("label", EVERY)
def test_at_every_bound_the_answer_is_one_that_the_description_foresees(world, label, request):
    asker, roles = Asker(world), asking(ACTIONS[label])
    for number, case in enumerate(coverage(OPERATIONS[label])):
        place, version = world.places[number % len(world.places)], VERSIONS[number % len(VERSIONS)]
        asker.ask(with_real_names(case, place, version), roles[number % len(roles)])
    request.node.user_properties.append(("answers", dict(asker.found)))
    assert asker.found


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", EVERY)
def test_whatever_is_asked_is_answered_as_the_description_foresees(world, label, mode, request):
    operation, asker, roles = OPERATIONS[label], Asker(world), asking(ACTIONS[label])

    @bounded
    @given(
        case=operation.as_strategy(generation_mode=mode),
        place=st.sampled_from(world.places),
        version=st.sampled_from(VERSIONS),
        role=st.sampled_from(roles),
        is_real=st.sampled_from((True, True, True, False)),
    )
    def ask(case, place, version, role, is_real):
        asker.ask(with_real_names(case, place, version) if is_real else case, role)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing lawful can be asked"
    request.node.user_properties.append(("answers", dict(asker.found)))


@pytest.mark.parametrize("label", EVERY)
def test_who_asks_rightly_is_served(world, label, request):
    operation, asker = OPERATIONS[label], Asker(world)
    refused = {409} if label in ONLY_REFUSED else {404} if label in BY_ASSIGNMENT else {404, 412, 422}
    is_served = label not in {*ONLY_REFUSED, *BY_ASSIGNMENT, *HELD_ELSEWHERE}
    wanted = {200, 201, 202, 204} if is_served else refused
    assert any(
        asker.ask(case, role) in wanted
        for place, version, role in product(world.places, VERSIONS, asking(ACTIONS[label]))
        for case in rightly(operation, place, version)
    ), asker.refusals
    request.node.user_properties.append(("answers", dict(asker.found)))

"""Requests that schemathesis makes up, with real names put where made-up ones would only find nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, SerializationContext
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.overrides import Override
from schemathesis.python.asgi import get_client
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from casebook.domain.actors import Role
from tests.api.contract.world import Names, World
from tests.api.routes import unconnected


@schemathesis.serializer(
    "application/dicom", "multipart/related", "text/csv", "application/pdf", "image/*", "application/octet-stream"
)
def _as_it_is(_context: SerializationContext, value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


APP = unconnected()
SCHEMA = schemathesis.openapi.from_dict(APP.openapi())
OPERATIONS: dict[str, APIOperation] = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
NOT_CHECKED = [
    checks.ignored_auth,
    checks.positive_data_acceptance,
    checks.use_after_free,
    checks.ensure_resource_availability,
]
FILES = frozenset({"application/dicom", "application/pdf", "application/octet-stream"})
NEW = frozenset({"login", "role", "subject"})
"""What a body names is to be made, or to be chosen: the example's own is better than one that exists."""
VERSIONS = (0, 1, 2, 3, 4, 5)
EXAMPLE_SERIES = "2.25.1"
"""Stands for an archived series in the examples of the description."""


def coverage(operation: APIOperation) -> Iterator[Case]:
    """The systematic part: bounds, missing and superfluous parts, wrong types, other methods and media types."""
    return iter(
        CoverageGenerator(
            operation=operation,
            generation_modes=list(GenerationMode),
            generation_config=SCHEMA.config.generation_for(operation=operation, phase="coverage"),
            auth_storage=None,
            override=Override(),
            feedback=FeedbackSources(),
        )
    )


def with_real_names(case: Case, place: Names, version: int) -> Case:
    """Put what exists in the place of what was made up, wherever the case does not mean to be wrong."""
    meant = case.meta.is_negative_at if case.meta else lambda _: False
    if not meant(ParameterLocation.PATH):
        case.path_parameters = {name: place.get(name, value) for name, value in case.path_parameters.items()}
    if not meant(ParameterLocation.QUERY):
        case.query = {name: place.get(name, value) for name, value in case.query.items()}
    if "If-Match" in case.headers and not meant(ParameterLocation.HEADER):
        case.headers["If-Match"] = f'"{version}"'
    if not meant(ParameterLocation.BODY):
        case.body = _real(case.body, place)
    return case


def _real(value: Any, place: Names) -> Any:
    if isinstance(value, dict):
        return {
            name: place[name] if name in place and name not in NEW else _real(inner, place)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_real(inner, place) for inner in value]
    return value.replace(EXAMPLE_SERIES, place["series_uid"]) if isinstance(value, str) else value


def rightly(operation: APIOperation, place: Names, version: int) -> Iterator[Case]:
    """What somebody who read the description and knows the place would ask."""
    if any(body.media_type == "application/dicom" for body in operation.body):
        place = {**place, "study_uid": place["study_uid_of_object"]}
    given = {
        location: {
            parameter.name: place.get(parameter.name, "nothing")
            for parameter in operation.iter_parameters()
            if parameter.location == location and (parameter.is_required or parameter.name in place)
        }
        for location in (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.HEADER)
    }
    headers = {name: value for name, value in given[ParameterLocation.HEADER].items() if name != "If-Match"}
    bodies = [(body.media_type, example) for body in operation.body for example in body.examples]
    bodies += [
        (body.media_type, place["files_by_type"][body.media_type])
        for body in operation.body
        if body.media_type in FILES
    ]
    for media_type, example in bodies or [(None, NOT_SET)]:
        yield operation.Case(
            path_parameters=given[ParameterLocation.PATH],
            query=given[ParameterLocation.QUERY],
            headers=headers | {"If-Match": f'"{version}"'},
            body=_real(example, place),
            media_type=media_type,
        )


PATIENCE_S = 120
"""A busy machine is no fault of the API."""


class Asker:
    """Sends cases to the application, each to the same state, and holds every answer against the description."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = get_client(world.serve)
        self.client.trust_env = False
        self.found: Counter[int] = Counter()
        self.refusals: set[str] = set()

    def ask(self, case: Case, role: Role) -> int:
        """Return the status. Raises AssertionError for an answer that is not as described."""
        with self.world.database.pristine():
            answer = case.call(session=self.client, headers=self.world.bearer(role), timeout=PATIENCE_S)
        case.validate_response(answer, excluded_checks=NOT_CHECKED)
        self.found[int(answer.status_code)] += 1
        if answer.status_code >= 400:
            self.refusals.add(answer.text[:400])
        return int(answer.status_code)

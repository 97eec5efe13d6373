"""The description of the API (OpenAPI 3.1): what the framework knows, and what only the project can say.

Routes declare their own answers and bodies; whatever all of them have in common is put in here, so that no route can
forget it: failures as problem details, how a request says who sends it, and names that last.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from services.api.dependencies import SESSION_COOKIE
from services.api.dicomweb.answers import PREFIX
from services.api.dicomweb.description import completed
from services.api.problems import Problem, ProblemResponse

METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
SECURITY_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the account; `casebook token` and the account's page make them.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The cookie of `POST /api/v1/session`; what changes something also sends `X-CSRF-Token`.",
    },
}
PROBLEM: Final = {"$ref": f"#/components/schemas/{Problem.__name__}"}
PUBLIC: Final[dict[str, Any]] = {"security": []}
"""`openapi_extra` of a route that asks nobody who they are."""
SEEN: Final = frozenset({"images_sha256", "n_instances"})
"""Fields of a body that name the images which a decision was made on; others may have come since."""
_VERSION_PREFIX: Final = re.compile(r"^/api/v[0-9]+")


def described(document: dict[str, Any]) -> dict[str, Any]:
    """Complete the framework's description in place."""
    document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"].get("schemas", {}).pop(unused, None)
    document["security"] = [{name: []} for name in SECURITY_SCHEMES]
    for path, method, operation in operations(document):
        operation["operationId"] = operation_id(method, path)
        operation["summary"] = summary(operation)
        if path.startswith(PREFIX):
            completed(operation, method, path)
        elif not _says_what_was_seen(operation, document):
            operation["responses"].pop("412", None)
        for status, answer in operation["responses"].items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                _as_problem(answer)
    return document


def _says_what_was_seen(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a request can be stale: it names a version, or its body the images that were looked at."""
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", [])):
        return True
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = document["components"].get("schemas", {}).get(body.get("$ref", "").rpartition("/")[2], {})
    return not SEEN.isdisjoint(model.get("properties", {}))


def _as_problem(answer: dict[str, Any]) -> None:
    """Give a declared failure the media type of problem details; the framework knows only that of the route."""
    schemas = [said for said in answer["content"].values() if said.get("schema") == PROBLEM]
    if schemas:
        answer["content"] = {ProblemResponse.media_type: schemas[0]}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every address, method and operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def operation_id(method: str, path: str) -> str:
    """A name that follows from method and address alone: `get_cases_by_subject_id_by_timepoint`."""
    words = _VERSION_PREFIX.sub("", path).replace("{", "by_").replace("}", "")
    return re.sub(r"[^a-z0-9]+", "_", f"{method}{words}".lower()).strip("_")


def summary(operation: dict[str, Any]) -> str:
    """The first sentence of what the route says of itself, in place of its function's name."""
    first = operation.get("description", operation["summary"]).split("\n")[0]
    return re.split(r"\.(?:\s|$)|;\s", first)[0].strip()

"""The description of the API is a whole one: valid, with names that last, and with what a client has to know."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from schemathesis.specs.openapi.definitions import OPENAPI_31

from services.api.description import operation_id, operations, summary
from services.api.schemas.sent import Sent
from tests.api.contract.asking import APP
from tests.api.routes import PUBLIC

DOCUMENT = APP.openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
EVERY = [pytest.param(*found, id=f"{found[1].upper()} {found[0]}") for found in operations(DOCUMENT)]
TAKING_JSON = [
    one for one in EVERY if "application/json" in one.values[2].get("requestBody", {"content": {}})["content"]
]


def test_the_document_is_valid_openapi():
    assert DOCUMENT["openapi"].startswith("3.1")
    Draft202012Validator(OPENAPI_31).validate(DOCUMENT)


def test_every_reference_leads_somewhere_and_every_schema_is_used():
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert named == set(SCHEMAS)


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_an_operation_says_what_it_does_and_belongs_somewhere(path, method, operation):
    assert len(operation["summary"].split()) > 1
    assert operation["tags"]


def test_an_operations_name_follows_from_method_and_address_alone():
    names = [(path, method, operation["operationId"]) for path, method, operation in operations(DOCUMENT)]
    assert all(name == operation_id(method, path) for path, method, name in names)
    assert len({name for *_, name in names}) == len(names)
    assert operation_id("get", "/api/v1/cases/{subject_id}/{timepoint}") == "get_cases_by_subject_id_by_timepoint"


def test_a_summary_is_the_first_sentence():
    assert summary({"summary": "Show", "description": "Sign out.\n\nOf this browser."}) == "Sign out"
    assert summary({"summary": "Show", "description": "Sign in; the answer sets a cookie."}) == "Sign in"
    assert summary({"summary": "Show All"}) == "Show All"


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_an_operation_says_how_it_fails(path, method, operation):
    failures = {status: said["content"] for status, said in operation["responses"].items() if int(status) >= 400}
    malformed = "400" if path.startswith("/dicomweb") else "422"
    assert {"401", "403", "404", malformed, "503"} <= set(failures)
    assert path.startswith("/dicomweb") or "409" in failures
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refused = failures.pop("409", None) if path.startswith("/dicomweb") else None
    assert refused is None or "application/dicom+json" in refused
    assert all(content == problem for content in failures.values())


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_an_operation_with_a_version_or_with_the_images_seen_says_that_it_can_be_stale(path, method, operation):
    has_version = any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", []))
    seen_images = (method, path) in {
        ("post", "/api/v1/series/{series_id}/verdicts"),
        ("put", "/api/v1/subjects/{subject_id}/timepoints/{timepoint}/check"),
    }
    assert ("412" in operation["responses"]) == (has_version or seen_images)


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
def test_who_is_asked_to_sign_in_is_told(path, method, operation):
    is_public = (method.upper(), path) in PUBLIC
    assert operation.get("security", DOCUMENT["security"]) == ([] if is_public else [{"token": []}, {"session": []}])


@pytest.mark.parametrize(("path", "method", "operation"), TAKING_JSON)
def test_a_body_shows_an_example_that_it_would_take_and_refuses_what_it_does_not_know(path, method, operation):
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = SCHEMAS[schema["$ref"].rsplit("/", 1)[-1]]
    assert body["additionalProperties"] is False
    whole = {**schema, "components": DOCUMENT["components"]}
    examples = body["examples"]
    assert examples
    for example in examples:
        Draft202012Validator(whole).validate(example)


def every_body(of: type[Sent] = Sent) -> list[type[Sent]]:
    return [found for kind in of.__subclasses__() for found in (kind, *every_body(kind))]


def test_every_day_of_a_body_is_written_in_full():
    days = [
        (kind, name)
        for kind in every_body()
        if kind.__module__.startswith("services.")
        for name, said in kind.model_json_schema().get("properties", {}).items()
        if "date" in {said.get("format"), *(one.get("format") for one in said.get("anyOf", []))}
    ]
    assert days
    for kind, name in days:
        with pytest.raises(ValidationError) as refused:
            kind.model_validate({name: "0"})
        assert (name,) in {fault["loc"] for fault in refused.value.errors()}, (kind, name)

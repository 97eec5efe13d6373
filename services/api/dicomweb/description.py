"""What the description of the API says of DICOMweb: answers, bodies and parameters that its routes read themselves."""

from http import HTTPStatus
from typing import Any, Final

from services.api.dicomweb.media_types import DICOM, DICOM_JSON, JSON, MULTIPART, OCTETS
from services.api.problems import RESPONSES, problem_response

Answers = dict[int | str, dict[str, Any]]

_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_DATA_SETS: Final = {"schema": {"type": "array", "items": {"type": "object"}}}
_UNCHANGED: Final[Answers] = {304: {"description": "The client holds the answer already (`If-None-Match`)"}}
_NEVER: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Nothing here has a version to be stale, and DICOMweb says 400 where the rest of the API says 422."""
COMMON: Final[Answers] = {
    **{status: said for status, said in RESPONSES.items() if status not in _NEVER},
    int(HTTPStatus.NOT_ACCEPTABLE): problem_response(HTTPStatus.NOT_ACCEPTABLE),
}


def _found(*media_types: str, schema: dict[str, Any]) -> Answers:
    return {200: {"description": "What was found", "content": dict.fromkeys(media_types, schema)}} | _UNCHANGED


SEARCH: Final[Answers] = _found(DICOM_JSON, JSON, schema=_DATA_SETS) | {204: {"description": "Nothing matches"}}
METADATA: Final[Answers] = _found(DICOM_JSON, JSON, schema=_DATA_SETS)
PICTURE: Final[Answers] = _found("image/jpeg", "image/png", schema=_BYTES)
OBJECTS: Final[Answers] = _found(MULTIPART, DICOM, OCTETS, "image/*", "video/*", schema=_BYTES)
_STORED: Final = {DICOM_JSON: {"schema": {"type": "object"}}, JSON: {"schema": {"type": "object"}}}
STORED: Final[Answers] = {
    200: {"description": "Every object was taken", "content": _STORED},
    202: {"description": "Some objects were set aside; the answer says which and why", "content": _STORED},
    409: {"description": "No object was taken; the answer says why", "content": _STORED},
    **{
        int(status): problem_response(status)
        for status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    },
}
STORE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": f'One object as `{DICOM}`, or several as `{MULTIPART}; type="{DICOM}"`',
        "content": {DICOM: _BYTES, MULTIPART: _BYTES},
    }
}

_UID: Final = {"type": "string", "pattern": r"^[0-9.]{1,64}$"}
_IN_ADDRESS: Final[dict[str, dict[str, Any]]] = {
    "study_uid": _UID,
    "series_uid": _UID,
    "sop_uid": _UID,
    "frame_list": {"type": "string", "pattern": "^[0-9]{1,9}(,[0-9]{1,9})*$", "examples": ["1"]},
    "path": {"type": "string", "pattern": "^[0-9A-F]{8}(/[1-9][0-9]{0,5}/[0-9A-F]{8})*$"},
}


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_ACCEPT: Final = _query("accept", "media types, in place of the header", type="string")
_SEARCHING: Final = [
    _query("limit", "most results", type="integer", minimum=0, maximum=2**31),
    _query("offset", "results to leave out", type="integer", minimum=0, maximum=2**31),
    _query("includefield", "attributes by keyword or tag, divided by commas, or `all`", type="string"),
    _query("fuzzymatching", "not supported: matching is literal", type="boolean"),
    _query("PatientID", "one of the attributes that can be matched; more in docs/dicomweb.md", type="string"),
]
_PICTURING: Final = [
    _query("quality", "of JPEG", type="integer", minimum=1, maximum=100),
    _query("window", "center,width,function", type="string", examples=["40,400,linear"]),
    _query("viewport", "width,height,x,y,region width,region height", type="string", examples=["256,256"]),
]


def completed(operation: dict[str, Any], method: str, path: str) -> None:
    """Give a DICOMweb operation its parameters; those of the address are in the address only."""
    said = [one for one in operation.get("parameters", []) if one["in"] == "path" or one["name"] not in _IN_ADDRESS]
    for parameter in said:
        parameter["schema"] = _IN_ADDRESS.get(parameter["name"], parameter["schema"])
    operation["responses"].pop("422", None)
    operation["parameters"] = said + (_reading(path) if method == "get" else [])


def _reading(path: str) -> list[dict[str, Any]]:
    last = path.rsplit("/", 1)[-1]
    if last in {"studies", "series", "instances"}:
        return [*_SEARCHING, _ACCEPT]
    return [*_PICTURING, _ACCEPT] if last in {"rendered", "thumbnail"} else [_ACCEPT]

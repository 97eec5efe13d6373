from dataclasses import replace

import pytest
from pydantic import HttpUrl
from starlette.requests import Request

from services.api.dicomweb.answers import base_url, etag_of, is_unchanged, takes_gzip


def a_request(server=("10.0.0.7", 8042), **headers) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"type": "http", "scheme": "http", "path": "/", "server": server, "headers": raw, "query_string": b""}
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("casebook.example", "http://casebook.example/dicomweb"),
        ("casebook.example:8443", "http://casebook.example:8443/dicomweb"),
        ("127.0.0.1", "http://127.0.0.1:8042/dicomweb"),
        ("localhost:9000", "http://localhost:9000/dicomweb"),
    ],
)
def test_addresses_lead_to_where_the_client_came(running, host, expected):
    assert base_url(a_request(host=host), running.service) == expected


def test_a_public_address_wins_over_the_request(running):
    settings = running.service.settings.model_copy(update={"public_url": HttpUrl("https://casebook.example/")})
    behind_a_proxy = replace(running.service, settings=settings)
    assert base_url(a_request(host="10.0.0.7:8042"), behind_a_proxy) == "https://casebook.example/dicomweb"


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("xgzip", False),
    ],
)
def test_gzip_is_for_those_who_take_it(said, takes):
    assert takes_gzip(a_request(accept_encoding=said)) is takes


def test_validators_tell_apart_what_is_divided_differently():
    assert etag_of("ab", "c") != etag_of("a", "bc")
    assert etag_of("a", b"b") == etag_of("a", b"b")


def test_any_known_validator_makes_the_answer_unnecessary():
    etag = etag_of("x")
    assert is_unchanged(a_request(if_none_match=f'"other", W/{etag}'), etag)
    assert is_unchanged(a_request(if_none_match="*"), etag)
    assert not is_unchanged(a_request(if_none_match='"other"'), etag)
    assert not is_unchanged(a_request(), etag)

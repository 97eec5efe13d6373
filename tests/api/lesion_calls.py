"""Calls about lesions, as a script would make them."""

from typing import Any

from services.command.demo import PASSWORD


def subject_id(client, number: str) -> str:
    rows = client.get("/api/v1/subjects").json()["subjects"]
    return next(row["id"] for row in rows if row["number"] == number)


def path(client, number: str) -> str:
    return f"/api/v1/subjects/{subject_id(client, number)}"


def the_list(client, at: str) -> dict[str, Any]:
    answer = client.get(f"{at}/lesions")
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


def lesion(client, at: str, label: str) -> dict[str, Any]:
    return next(item for item in the_list(client, at)["lesions"] if item["label"] == label)


def if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def lock(client, at: str, *, password: str = PASSWORD, version: int | None = None):
    sent = the_list(client, at)["version"] if version is None else version
    return client.post(f"{at}/baseline-list/lock", json={"password": password}, headers=if_match(sent))


def event(client, at: str, kind: str, *, ended=(), came=(), headers=None, **changed):
    body = {
        "kind": kind,
        "timepoint": "preoperative",
        "happened_on": "2026-01-10",
        "reason": "seen on the pre-operative images",
        "ended": list(ended),
        "came": [{"segment": segment} for segment in came],
    }
    return client.post(f"{at}/lesion-events", json=body | changed, headers=headers)

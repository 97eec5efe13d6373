"""What the sender of a STOW-RS request is told (PS3.18 10.5.3, PS3.7 C)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from casebook.actions.dicom_status import failure_reason
from casebook.actions.intake import Receipt
from casebook.actions.intake_judgement import ReceiptOutcome


@dataclass(frozen=True, slots=True)
class StowAnswer:
    """Status, body and warnings of the response."""

    status: HTTPStatus
    body: bytes
    warnings: tuple[str, ...]


def answer(receipts: Sequence[Receipt], base_url: str) -> StowAnswer:
    """200 when all is archived, 202 when some is, 409 when nothing is.

    The instances carry the sender's UIDs, by which it knows them; the RetrieveURLs lead to the archive's.
    """
    stored = [receipt for receipt in receipts if receipt.outcome is not ReceiptOutcome.QUARANTINED]
    failed = [receipt for receipt in receipts if receipt.outcome is ReceiptOutcome.QUARANTINED]
    known = [receipt for receipt in failed if receipt.source_sop_uid]
    unknown = [receipt for receipt in failed if not receipt.source_sop_uid]
    studies = {receipt.study_uid for receipt in stored}
    said: dict[str, Any] = {}
    if len(studies) == 1:
        said["00081190"] = _value("UR", f"{base_url}/studies/{studies.pop()}")
    if known:
        said["00081198"] = {"vr": "SQ", "Value": [_sop(one) | _reason(one) for one in known]}
    if stored:
        said["00081199"] = {"vr": "SQ", "Value": [_sop(one) | _retrieve(one, base_url) for one in stored]}
    if unknown:
        said["0008119A"] = {"vr": "SQ", "Value": [_reason(one) for one in unknown]}
    status = HTTPStatus.OK if not failed else HTTPStatus.ACCEPTED if stored else HTTPStatus.CONFLICT
    codes = sorted({str(one.code) for one in failed})
    return StowAnswer(
        status, json.dumps(dict(sorted(said.items()))).encode(), tuple(f'299 casebook "{code}"' for code in codes)
    )


def _value(vr: str, value: object) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}


def _sop(receipt: Receipt) -> dict[str, Any]:
    return {
        "00081150": _value("UI", receipt.sop_class_uid),
        "00081155": _value("UI", receipt.source_sop_uid),
    }


def _reason(receipt: Receipt) -> dict[str, Any]:
    return {"00081197": _value("US", failure_reason(receipt.code))}


def _retrieve(receipt: Receipt, base_url: str) -> dict[str, Any]:
    url = f"{base_url}/studies/{receipt.study_uid}/series/{receipt.series_uid}/instances/{receipt.sop_uid}"
    return {"00081190": _value("UR", url)}

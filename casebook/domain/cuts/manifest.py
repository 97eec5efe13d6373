"""The manifest of a cut: who made it of what, and the SHA-256 of every file; its own digest stands for the whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from casebook.domain.cuts.model import FileKind
from casebook.domain.datasets.about import About
from casebook.domain.errors import Invalid
from casebook.domain.texts import Text

MANIFEST: Final = "manifest.json"
EDITION: Final = 1
"""Of the manifest's own layout."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a cut; `sha256` in hexadecimal digits, `n_rows` where it is a table."""

    path: str
    kind: FileKind
    sha256: str
    n_bytes: int
    n_rows: int | None = None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the audit chain that a cut holds: how many events, and the hash that stands for them."""

    position: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a cut is and holds. `datasets` are their names in the order in which they are written."""

    about: About
    purpose: str
    made_by: str
    definition_sha256: str
    chain_head: ChainHead | None
    datasets: tuple[str, ...]
    files: tuple[KeptFile, ...]

    @property
    def status(self) -> str:
        """INTERIM until the database is locked, FINAL then."""
        return "INTERIM" if self.about.is_interim else "FINAL"

    def file(self, path: str) -> KeptFile | None:
        """Return the file of a path, if the cut has it."""
        return next((one for one in self.files if one.path == path), None)

    def n_rows(self, dataset: str) -> int:
        """Return how many rows a dataset has; 0 for one that the cut does not have."""
        found = self.file(dataset_path(dataset))
        return (found.n_rows or 0) if found else 0


def dataset_path(name: str) -> str:
    """Where a cut keeps a dataset."""
    return f"datasets/{name}.ndjson"


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def manifest_bytes(manifest: Manifest) -> bytes:
    """Write the manifest: JSON with sorted keys, so that equal manifests are equal bytes."""
    return (json.dumps(_plain(manifest), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _plain(manifest: Manifest) -> dict[str, Any]:
    about, head = manifest.about, manifest.chain_head
    return {
        "edition": EDITION,
        "study": {"code": about.study_code, "title": _said(about.study_title)},
        "cut": {
            "name": about.cut_name,
            "purpose": manifest.purpose,
            "status": manifest.status,
            "as_of": about.as_of.isoformat(),
            "made_at": about.made_at.isoformat(),
            "made_by": manifest.made_by,
            "polarity": _said(about.polarity),
        },
        "definition": {"version": about.definition_version, "sha256": manifest.definition_sha256},
        "rule_versions": list(about.rule_versions),
        "program": {"name": "casebook", "version": about.program_version},
        "audit_chain": {"position": head.position, "sha256": head.sha256} if head else None,
        "datasets": list(manifest.datasets),
        "files": {
            one.path: {"kind": one.kind.value, "sha256": one.sha256, "bytes": one.n_bytes, "rows": one.n_rows}
            for one in manifest.files
        },
    }


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest back. Raises Invalid for anything else."""
    try:
        return _manifest(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            "This is no manifest of a data cut; give the zip that `casebook export write --format all` made."
        ) from error


def _manifest(said: Mapping[str, Any]) -> Manifest:
    cut, head = said["cut"], said["audit_chain"]
    return Manifest(
        about=About(
            study_code=said["study"]["code"],
            study_title=_text(said["study"]["title"]),
            definition_version=said["definition"]["version"],
            cut_name=cut["name"],
            as_of=date.fromisoformat(cut["as_of"]),
            made_at=datetime.fromisoformat(cut["made_at"]),
            is_interim=cut["status"] != "FINAL",
            rule_versions=tuple(said["rule_versions"]),
            program_version=said["program"]["version"],
            polarity=_text(cut["polarity"]),
        ),
        purpose=cut["purpose"],
        made_by=cut["made_by"],
        definition_sha256=said["definition"]["sha256"],
        chain_head=ChainHead(head["position"], head["sha256"]) if head else None,
        datasets=tuple(said["datasets"]),
        files=tuple(
            KeptFile(path, FileKind(one["kind"]), one["sha256"], one["bytes"], one["rows"])
            for path, one in sorted(said["files"].items())
        ),
    )


def _said(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}


def _text(said: Mapping[str, str]) -> Text:
    return Text(said["en"], said["ja"])

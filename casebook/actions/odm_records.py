"""Everything of a study's subjects that an ODM file tells: rows, their trail, signatures, who acted from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from casebook.domain.actors import SITE_ROLES, Role
from casebook.domain.study import StudyDefinition
from casebook.formats.odm_course import RowChange
from casebook.formats.odm_document import Audit, Signed, User
from casebook.formats.odm_oids import location_oid, user_oid
from casebook.formats.odm_rows import ENTRY, Names, Place, place_of_read
from casebook.formats.odm_subjects import Asked, Records, Row, RowKey
from casebook.store import forms, odm
from casebook.store.odm import StoredChange, StoredRow
from casebook.store.tables import Subject

TABLES: Final = ("subject", ENTRY, "registration", "lesion", "reading", "finding", "reader_lesion")
"""Tables whose trail an ODM file tells; it has items for all but the first."""
READ_SIGNED: Final = "This is my read"
"""Meaning of a signed read that has none of its own."""
OF_SPONSOR: Final = frozenset({Role.DATA_MANAGER, Role.STATISTICIAN, Role.MONITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class People:
    """Who acted from where: the site an account has a role at, else the data centre that looks after all."""

    roles: Mapping[str, str]
    sites: Mapping[str, str]
    centre: str

    def user(self, login: str) -> User:
        """Return the person or machine as the file names it."""
        role = self.roles.get(login)
        kind = "Investigator" if role in SITE_ROLES else "Sponsor" if role in OF_SPONSOR else "Other"
        return User(user_oid(login), login, kind, self.location(login))

    def location(self, login: str) -> str:
        """Return the OID of where the account works."""
        return location_oid(self.sites.get(login, self.centre))


class StudyRecords:
    """The rows of subjects and their trail, with the words for what they name by keys."""

    def __init__(self, session: Session, ids: Sequence[UUID], people: People) -> None:
        self._people = people
        self.logins: set[str] = set()
        self._accounts = odm.logins(session)
        self._rows: dict[str, list[StoredRow]] = {
            "registration": odm.registrations(session, ids),
            "lesion": odm.lesions(session, ids),
            "derived": _derived(odm.derivations(session, ids)),
            ENTRY: odm.form_entries(session, ids),
            "reading": odm.readings(session, ids),
            "finding": odm.findings(session, ids),
            "reader_lesion": odm.reader_lesions(session, ids),
        }
        self._changes: dict[UUID, dict[RowKey, list[RowChange]]] = {}
        labels = {row.id: row.columns["label"] for row in self._rows["lesion"]}
        for change in odm.trail(session, ids, TABLES):
            self._note(change)
            if change.table == "lesion" and "label" in change.new:
                labels.setdefault(change.row_id, change.new["label"])
        self.names = self._named(odm.timepoint_codes(session, ids), labels)
        self._signatures = forms.signatures(session, [UUID(row.id) for row in self._rows[ENTRY]])
        self.meanings = self._meanings()
        self._by_subject = self._sorted()

    def _note(self, change: StoredChange) -> None:
        at = Audit(
            user=self._user(change.actor),
            location=self._people.location(change.actor),
            at=change.at,
            reason=change.reason,
            source=f"audit_event/{change.id}",
        )
        of_subject = self._changes.setdefault(change.subject_id, {})
        row = RowChange(change.id, at, change.act, change.old, change.new)
        of_subject.setdefault((change.table, change.row_id), []).append(row)

    def _user(self, login: str) -> str:
        self.logins.add(login)
        return user_oid(login)

    def _named(self, timepoints: Mapping[str, str], labels: Mapping[str, str]) -> Names:
        without_reads = Names(timepoints, labels, self._accounts, {})
        reads: dict[str, Place] = {}
        for row in self._rows["reading"]:
            if place := place_of_read(row.columns, without_reads):
                reads[row.id] = place
        return Names(timepoints, labels, self._accounts, reads)

    def _meanings(self) -> dict[str, str]:
        """Number the meanings of all signatures, in order of their words."""
        said = {one.meaning for some in self._signatures.values() for one in some if one.invalidated_at is None}
        said |= {row.columns["signature_meaning"] or READ_SIGNED for row in self._signed_reads()}
        return {meaning: f"SD.{number}" for number, meaning in enumerate(sorted(said), start=1)}

    def _signed_reads(self) -> list[StoredRow]:
        return [row for row in self._rows["reading"] if row.columns["signed_at"] is not None]

    def records(self, subject: Subject, site: str, definition: StudyDefinition, asked: Sequence[Asked]) -> Records:
        """Return the subject's own, in the order in which forms are put together."""
        trail = dict(self._changes.get(subject.id, {}))
        registered = trail.pop(("subject", str(subject.id)), ())
        return Records(
            number=subject.number,
            site=site,
            definition=definition,
            rows=self._by_subject.get(subject.id, ()),
            trail=trail,
            asked=asked,
            registered=registered[0].audit if registered else None,
        )

    def _sorted(self) -> dict[UUID, list[Row]]:
        found: dict[UUID, list[Row]] = {}
        for table, rows in self._rows.items():
            for row in rows:
                signed = self._signature(table, row)
                found.setdefault(row.subject_id, []).append(Row(table, row.id, row.columns, signed))
        return found

    def _signature(self, table: str, row: StoredRow) -> Signed | None:
        if table == "reading" and row.columns["signed_at"] is not None:
            said = row.columns
            meaning = said["signature_meaning"] or READ_SIGNED
            return self._signed(row.id, said["account_id"], meaning, said["signed_at"], said["content_sha256"])
        standing = self._signatures.get(UUID(row.id), ()) if table == ENTRY else ()
        holds = next((one for one in standing if one.invalidated_at is None), None)
        if holds is None:
            return None
        return self._signed(row.id, str(holds.account_id), holds.meaning, holds.signed_at, holds.content_sha256)

    def _signed(self, row_id: str, account_id: str, meaning: str, at: Any, digest: str | None) -> Signed:
        login = self._accounts[account_id]
        manifest = f"sha256:{digest}" if digest else None
        return Signed(
            id=f"SIG.{row_id}",
            user=self._user(login),
            location=self._people.location(login),
            meaning=self.meanings[meaning],
            at=at,
            manifest=manifest,
        )


def _derived(rows: Sequence[StoredRow]) -> list[StoredRow]:
    """Put what the rules say of each lesion into one row."""
    found: dict[str, StoredRow] = {}
    for row in rows:
        columns, result = row.columns, row.columns["result"]
        known = found.get(row.id, StoredRow(row.subject_id, row.id, {"lesion": columns["lesion"]}))
        said = {
            columns["kind"]: result["status"],
            f"{columns['kind']}_reason": result["reason"]["en"],
            f"{columns['kind']}_rule": columns["rule_version"],
            "nonviable": result.get("nonviable", known.columns.get("nonviable")),
            "reference_standard": result.get("reference_standard", known.columns.get("reference_standard")),
        }
        found[row.id] = StoredRow(row.subject_id, row.id, {**known.columns, **said})
    return list(found.values())

"""The audit trail: which tables the database watches, and the SQL that makes it do so.

Frame: ICH E6(R3) 4.2.2, 21 CFR 11.10(e). Each change of a watched row becomes an `audit_event` written by a
trigger; at commit each event takes its place in a hash chain. The application's role can read both tables and
write neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect, text

from casebook.store.tables import RESTRICTED, Base


@dataclass(frozen=True, slots=True)
class Watch:
    """How a table is audited.

    `left_out` are bulky or derived columns, `hidden` those shown only as changed. A saved value of the columns in
    `reason_for` changes only with a reason, and such a row is deleted only with one; drafts (state `started`) are
    not saved values yet.
    """

    left_out: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    reason_for: tuple[str, ...] = ()


AUDITED: Final[Mapping[str, Watch]] = {
    "study": Watch(),
    "study_version": Watch(left_out=("source",)),
    "site": Watch(left_out=("last_subject_number",), reason_for=("closed_on",)),
    "ethics_approval": Watch(
        reason_for=(
            "protocol_version",
            "committee",
            "number",
            "approved_on",
            "valid_from",
            "valid_until",
            "revoked_on",
            "letter_key",
        )
    ),
    "site_qualification": Watch(reason_for=("kind", "qualified_on", "valid_until", "detail", "revoked_on")),
    "account": Watch(hidden=("password_hash",)),
    "role_grant": Watch(),
    "api_token": Watch(hidden=("token_sha256",)),
    "subject": Watch(reason_for=("site_id", "number", "road", "registered_on", "baseline_locked_at")),
    "registration": Watch(reason_for=("step", "registered_on", "registered_by", "ethics_approval_id")),
    "timepoint": Watch(),
    "submission": Watch(left_out=("report",)),
    "quarantine_item": Watch(reason_for=("state",)),
    "dicom_sender": Watch(reason_for=("site_id", "calling_ae_title", "called_ae_title")),
    "announced_delivery": Watch(),
    "upload": Watch(left_out=("last_received_at", "n_files", "n_bytes", "n_bytes_received")),
    "query": Watch(reason_for=("question",)),
    "query_message": Watch(),
    "discrepancy": Watch(),
    "series_verdict": Watch(),
    "site_contact": Watch(),
    "sent_digest": Watch(),
    "imaging_study": Watch(),
    "series": Watch(left_out=("geometry", "described_at", "n_instances", "n_frames")),
    "series_role": Watch(),
    "lesion": Watch(reason_for=("label", "segment", "baseline_diameter_mm", "state")),
    "lesion_diameter": Watch(reason_for=("diameter_mm",)),
    "lesion_event": Watch(reason_for=("kind", "timepoint_code", "happened_on", "reason")),
    "lesion_lineage": Watch(reason_for=("lesion_id", "part")),
    "lesion_mark": Watch(),
    "frame_link": Watch(),
    "series_link": Watch(),
    "reading": Watch(),
    "finding": Watch(),
    "form_entry": Watch(reason_for=("data",)),
    "reader": Watch(reason_for=("home_site_id", "trained_on", "training")),
    "reading_assignment": Watch(reason_for=("account_id", "place", "withdrawn_at")),
    "reader_lesion": Watch(),
    "key_image": Watch(),
    "series_correction": Watch(),
    "reading_report": Watch(),
    "adjudication": Watch(),
    "adjudication_choice": Watch(),
    "timepoint_check": Watch(),
    "signature": Watch(),
    "derivation": Watch(),
    "data_cut": Watch(),
    "data_cut_order": Watch(left_out=("step", "n_done", "n_total")),
    "data_cut_export": Watch(left_out=("files",)),
    f"{RESTRICTED}.source_identity": Watch(hidden=("identity", "digest")),
}

NOT_AUDITED: Final[Mapping[str, str]] = {
    "saved_view": "how an account likes to see a list; no study data",
    "window_preference": "how an account likes to see images; no study data",
    "opened_images": "follows from the read's locked steps, which are audited",
    "login_session": "sign-ins are logged; the rows are short-lived",
    "received_object": "written once, never changed; the submission is audited",
    "instance": "written once, never changed; DICOM is audited at study and series level",
    "series_metadata": "derived from instances",
    "image_check": "derived from series; made anew on every change",
    "subject_progress": "derived from the subject's records; made anew on every change",
    "data_cut_file": "written once, never changed; the cut, which is audited, has the digest of their list",
    "access_event": "a trail of its own, append-only",
    "audit_event": "the trail itself",
    "audit_chain": "the trail itself",
    f"{RESTRICTED}.source_uid": "written once, never changed",
    f"{RESTRICTED}.received_name": "written once, never changed",
    f"{RESTRICTED}.upload_file": "how much of a file has arrived; its names become received names when it is taken in",
}

FUNCTIONS: Final = """
create or replace function audit_subject(table_name name, held jsonb) returns uuid
language plpgsql stable set search_path = pg_catalog, public as $body$
begin
  if table_name = 'adjudication_choice' then
    return (select t.subject_id from adjudication a join timepoint t on t.id = a.timepoint_id
            where a.id = (held ->> 'adjudication_id')::uuid);
  end if;
  if table_name = 'query_message' then
    return (select q.subject_id from query q where q.id = (held ->> 'query_id')::uuid);
  end if;
  return case
    when table_name = 'subject' then (held ->> 'id')::uuid
    when held ->> 'subject_id' is not null then (held ->> 'subject_id')::uuid
    when held ->> 'timepoint_id' is not null
      then (select t.subject_id from timepoint t where t.id = (held ->> 'timepoint_id')::uuid)
    when held ->> 'lesion_id' is not null
      then (select l.subject_id from lesion l where l.id = (held ->> 'lesion_id')::uuid)
    when held ->> 'reading_id' is not null
      then (select t.subject_id from reading r join timepoint t on t.id = r.timepoint_id
            where r.id = (held ->> 'reading_id')::uuid)
    when held ->> 'imaging_study_id' is not null
      then (select t.subject_id from imaging_study i join timepoint t on t.id = i.timepoint_id
            where i.id = (held ->> 'imaging_study_id')::uuid)
    when held ->> 'series_id' is not null
      then (select t.subject_id from series s join imaging_study i on i.id = s.imaging_study_id
            join timepoint t on t.id = i.timepoint_id where s.id = (held ->> 'series_id')::uuid)
    when held ->> 'record_table' = 'form_entry'
      then (select f.subject_id from form_entry f where f.id = (held ->> 'record_id')::uuid)
  end;
end $body$;

create or replace function audit_study(table_name name, held jsonb, of_subject uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, public as $body$
begin
  if table_name = 'data_cut_export' then
    return (select c.study_id from data_cut c where c.id = (held ->> 'cut_id')::uuid);
  end if;
  return case
    when table_name = 'study' then (held ->> 'id')::uuid
    when held ->> 'study_id' is not null then (held ->> 'study_id')::uuid
    when of_subject is not null then (select s.study_id from subject s where s.id = of_subject)
    when table_name = 'query_message'
      then (select q.study_id from query q where q.id = (held ->> 'query_id')::uuid)
    when held ->> 'site_id' is not null then (select s.study_id from site s where s.id = (held ->> 'site_id')::uuid)
  end;
end $body$;

create or replace function audit_row() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $body$
declare
  who text := nullif(current_setting('app.actor', true), '');
  why text := nullif(btrim(current_setting('app.reason', true)), '');
  left_out text[] := string_to_array(tg_argv[0], ',');
  hidden text[] := string_to_array(tg_argv[1], ',');
  reason_for text[] := string_to_array(tg_argv[2], ',');
  held jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  before jsonb := case when tg_op = 'INSERT' then '{}'::jsonb else to_jsonb(old) - left_out end;
  after jsonb := case when tg_op = 'DELETE' then '{}'::jsonb else held - left_out end;
  row_key text := held ->> 'id';
  of_subject uuid;
  field text;
begin
  if who is null then
    raise exception 'a write to % without an actor', tg_table_name using errcode = 'insufficient_privilege';
  end if;
  if why is null and tg_op <> 'INSERT' and before ->> 'state' is distinct from 'started' then
    foreach field in array reason_for loop
      if tg_op = 'DELETE' or jsonb_typeof(before -> field) <> 'null' and before -> field is distinct from after -> field
      then
        raise exception 'a saved value of %.% changes without a reason', tg_table_name, field
          using errcode = 'insufficient_privilege';
      end if;
    end loop;
  end if;
  foreach field in array hidden loop
    if before -> field is distinct from after -> field then
      if before ? field then before := jsonb_set(before, array[field], '"(hidden, before)"'); end if;
      if after ? field then after := jsonb_set(after, array[field], '"(hidden, after)"'); end if;
    else
      before := before - field;
      after := after - field;
    end if;
  end loop;
  if tg_op = 'UPDATE' then
    select coalesce(jsonb_object_agg(b.key, b.value), '{}'),
           coalesce(jsonb_object_agg(b.key, after -> b.key), '{}')
      into before, after
      from jsonb_each(before) b where b.value is distinct from after -> b.key;
    if before = '{}'::jsonb then return null; end if;
  end if;
  of_subject := audit_subject(tg_table_name, held);
  insert into audit_event (actor, @role_column reason, act, table_name, row_id, old, new)
  values (who, @role_value why, lower(tg_op),
          case when tg_table_schema = 'public' then tg_table_name::text
               else tg_table_schema || '.' || tg_table_name end,
          row_key,
          case when tg_op = 'INSERT' then null else before end,
          case when tg_op = 'DELETE' then null else after end);
  return null;
end $body$;

create or replace function audit_digest(previous bytea, event audit_event) returns bytea
language sql immutable set search_path = pg_catalog, public as $body$
  select sha256(previous || convert_to((jsonb_build_array(
    event.id, extract(epoch from event.at), event.actor, event.reason, event.act, event.table_name,
    event.row_id, event.old, event.new) @role_digested)::text, 'UTF8'))
$body$;

create or replace function audit_link() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $body$
declare
  last audit_chain;
begin
  perform pg_advisory_xact_lock(727001);
  select * into last from audit_chain order by position desc limit 1;
  insert into audit_chain (position, event_id, hash)
  values (coalesce(last.position, 0) + 1, new.id,
          audit_digest(coalesce(last.hash, ''::bytea), new));
  return null;
end $body$;

create or replace function audit_refuse() returns trigger language plpgsql as $body$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $body$;
"""

ROLE_PARTS: Final[Mapping[str, str]] = {
    "@role_column": "role, study_id, subject_id,",
    "@role_value": (
        "nullif(current_setting('app.role', true), ''), audit_study(tg_table_name, held, of_subject), of_subject,"
    ),
    "@role_digested": "|| case when event.role is null then '[]'::jsonb else jsonb_build_array(event.role) end",
}
"""How the functions take along the actor's role and where the row belongs; an event without a role keeps the digest it
had before there was such a column."""

CHAIN_TRIGGER: Final = """
drop trigger if exists audit_event_link on audit_event;
create constraint trigger audit_event_link after insert on audit_event
  deferrable initially deferred for each row execute function audit_link();
"""

TRAIL: Final = ("audit_event", "audit_chain")
"""Written by triggers alone."""
WRITTEN_ONCE: Final = ("access_event", "data_cut", "data_cut_file", "data_cut_export")
"""The application's role adds to them, and changes nothing."""
APPEND_ONLY: Final = (*TRAIL, *WRITTEN_ONCE)


def append_only_sql(table: str) -> str:
    """Return the statements that let nobody change, delete or truncate what `table` holds."""
    return (
        f"create or replace trigger {table}_refuse before update or delete on {table} "
        "for each row execute function audit_refuse();"
        f"create or replace trigger {table}_refuse_truncate before truncate on {table} "
        "for each statement execute function audit_refuse()"
    )


def watch_sql(table: str, watch: Watch) -> str:
    """Return the statement that puts the audit trigger on `table`."""
    arguments = ", ".join(f"'{','.join(columns)}'" for columns in (watch.left_out, watch.hidden, watch.reason_for))
    return (
        f"create or replace trigger audit_row after insert or update or delete on {table} "
        f"for each row execute function audit_row({arguments})"
    )


def install(connection: Connection) -> None:
    """Put functions and triggers in place for every audited table of this revision; safe to repeat."""
    connection.execute(text(functions(with_role=_has_role(connection)).replace(":", r"\:")))
    connection.execute(text(CHAIN_TRIGGER))
    present = _present(connection)
    for table in APPEND_ONLY:
        if table in present:
            connection.execute(text(append_only_sql(table)))
    for table, watch in AUDITED.items():
        if table in present:
            connection.execute(text(watch_sql(table, watch)))


def functions(*, with_role: bool) -> str:
    """Return the SQL of the functions, for a trail with the column `role` and its fellows or one from before them."""
    sql = FUNCTIONS
    for mark, part in ROLE_PARTS.items():
        sql = sql.replace(mark, part if with_role else "")
    return sql


def _has_role(connection: Connection) -> bool:
    return any(column["name"] == "role" for column in inspect(connection).get_columns("audit_event"))


def _present(connection: Connection) -> frozenset[str]:
    """Return the tables that the database has at its revision."""
    inspector = inspect(connection)
    restricted = {f"{RESTRICTED}.{name}" for name in inspector.get_table_names(schema=RESTRICTED)}
    return frozenset(inspector.get_table_names()) | restricted


def uninstall(connection: Connection) -> None:
    """Take functions and triggers away, so that a migration may drop the tables under them."""
    for function in (
        "audit_row()",
        "audit_link()",
        "audit_refuse()",
        "audit_digest(bytea, audit_event)",
        "audit_subject(name, jsonb)",
        "audit_study(name, jsonb, uuid)",
    ):
        connection.execute(text(f"drop function if exists {function} cascade"))


def grant(connection: Connection, role: str) -> None:
    """Give the application's role what it needs and no hand on the trail; safe to repeat."""
    present = _present(connection)
    statements = (
        f"grant usage on schema public, {RESTRICTED}, queue to {role}",
        f"grant select, insert, update, delete on all tables in schema public, {RESTRICTED}, queue to {role}",
        f"grant usage on all sequences in schema public, {RESTRICTED}, queue to {role}",
        f"grant execute on all functions in schema queue to {role}",
        f"revoke insert, update, delete, truncate on {', '.join(TRAIL)} from {role}",
        f"revoke insert, update, delete on alembic_version from {role}",
        *(f"revoke update, delete, truncate on {name} from {role}" for name in WRITTEN_ONCE if name in present),
    )
    for statement in statements:
        connection.execute(text(statement))


@dataclass(frozen=True, slots=True)
class TrailState:
    """What a verification of the trail found; `broken_at` is the first chain position that does not hold."""

    n_events: int
    n_unchained: int
    broken_at: int | None
    head: str | None

    @property
    def holds(self) -> bool:
        """Nothing was altered, removed, reordered or added by another hand."""
        return self.broken_at is None and self.n_unchained == 0


def verify(connection: Connection) -> TrailState:
    """Recompute the whole chain inside the database and compare."""
    row = connection.execute(
        text("""
        with linked as (
          select c.position, c.hash, e.id as event_id,
                 lag(c.position, 1, 0::bigint) over w as previous_position,
                 audit_digest(lag(c.hash, 1, ''::bytea) over w, e) as expected
          from audit_chain c left join audit_event e on e.id = c.event_id
          window w as (order by c.position))
        select (select count(*) from audit_event),
               (select count(*) from audit_event e where not exists
                  (select from audit_chain c where c.event_id = e.id)),
               min(position) filter (where event_id is null or position <> previous_position + 1
                                     or hash is distinct from expected),
               (select encode(hash, 'hex') from audit_chain order by position desc limit 1)
        from linked
    """)
    ).one()
    return TrailState(*row)


def all_tables() -> frozenset[str]:
    """Name every table of the schema, with its schema where that is not `public`."""
    return frozenset(Base.metadata.tables)

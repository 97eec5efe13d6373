"""What of the SDTM datasets breaks SDTMIG 3.4 where a reader of the data would be misled."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from casebook.domain.datasets.model import Dataset, Value

Rows = Sequence[Mapping[str, Value]]


def broken_in_sdtm(datasets: Sequence[Dataset]) -> Iterator[str]:
    """Tell every fault of the domains, of what is said beside them, and of their relations."""
    rows = {one.name: tuple(one.records()) for one in datasets}
    domains = [name for name in rows if len(name) == len("DM") and name != "TS"]
    starts = {row["USUBJID"]: row["RFSTDTC"] for row in rows.get("DM", ())}
    for name in domains:
        yield from _unknown_subjects(name, rows[name], starts)
        yield from _repeated_numbers(name, rows[name])
        yield from _wrong_days(name, rows[name], starts)
        yield from _unnamed_evaluators(name, rows[name])
        yield from _accepted_twice(name, rows[name])
        yield from _unlinked(name, rows[name], rows.get("TU", ()))
    for name, said in rows.items():
        if name.startswith("SUPP"):
            yield from _orphans(name, said, rows)
    yield from _broken_relations(rows)


def _unknown_subjects(name: str, rows: Rows, starts: Mapping[Value, Value]) -> Iterator[str]:
    unknown = {row["USUBJID"] for row in rows} - starts.keys()
    if unknown:
        yield f"{name}: {len(unknown)} subjects are not in DM"


def _repeated_numbers(name: str, rows: Rows) -> Iterator[str]:
    numbered = [(row["USUBJID"], row.get(f"{name}SEQ", 1)) for row in rows]
    if len(set(numbered)) != len(numbered):
        yield f"{name}: a sequence number stands twice for a subject"


def _wrong_days(name: str, rows: Rows, starts: Mapping[Value, Value]) -> Iterator[str]:
    for dated, numbered in ((f"{name}DTC", f"{name}DY"), (f"{name}STDTC", f"{name}STDY")):
        for place, row in enumerate(rows, start=1):
            if row.get(dated) is not None and not _is_day(row[dated]):
                yield f"{name}.{dated}: is no day by ISO 8601 (row {place})"
            elif numbered in row and row[numbered] != _expected(row[dated], starts.get(row["USUBJID"])):
                yield f"{name}.{numbered}: is not {dated} counted from RFSTDTC (row {place})"


def _is_day(value: Value) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _expected(day: Value, start: Value) -> int | None:
    if not isinstance(day, str) or not isinstance(start, str):
        return None
    n_days = date.fromisoformat(day).toordinal() - date.fromisoformat(start).toordinal()
    return n_days + 1 if n_days >= 0 else n_days


def _unnamed_evaluators(name: str, rows: Rows) -> Iterator[str]:
    role, identifier = f"{name}EVAL", f"{name}EVALID"
    if any(row.get(identifier) and not row.get(role) for row in rows):
        yield f"{name}.{identifier}: stands without {role}"
    if any(row.get(f"{name}ACPTFL") and not row.get(identifier) for row in rows):
        yield f"{name}.{name}ACPTFL: stands without an independent assessor"


def _accepted_twice(name: str, rows: Rows) -> Iterator[str]:
    """At most one evaluator's record is accepted of a lesion at a timepoint, and one row of a test by a method."""
    evaluators: dict[tuple[Value, ...], set[Value]] = {}
    seen: set[tuple[Value, ...]] = set()
    for row in rows:
        if not row.get(f"{name}ACPTFL"):
            continue
        lesion = row.get(f"{name}SPID") or row[f"{name}LNKID"]
        at = (row["USUBJID"], lesion, row["VISITNUM"])
        evaluators.setdefault(at, set()).add(row[f"{name}EVALID"])
        one = (*at, row[f"{name}TESTCD"], row[f"{name}METHOD"])
        if one in seen:
            yield f"{name}.{name}ACPTFL: two rows of {lesion} are accepted for one test and method"
        seen.add(one)
    if any(len(found) > 1 for found in evaluators.values()):
        yield f"{name}.{name}ACPTFL: two evaluators are accepted for a lesion at a timepoint"


def _unlinked(name: str, rows: Rows, identified: Rows) -> Iterator[str]:
    """Every LNKID is that of a lesion in TU, of the same evaluator where the domain names one."""
    known = {(row["USUBJID"], row["TULNKID"], row["TUEVAL"], row["TUEVALID"]) for row in identified}
    lesions = {found[:2] for found in known}
    for place, row in enumerate(rows, start=1):
        link = row.get(f"{name}LNKID")
        if link is None:
            continue
        if f"{name}EVALID" in row:
            is_known = (row["USUBJID"], link, row[f"{name}EVAL"], row[f"{name}EVALID"]) in known
        else:
            is_known = (row["USUBJID"], link) in lesions
        if not is_known:
            yield f"{name}.{name}LNKID: is not in TU for this subject and evaluator (row {place})"


def _orphans(name: str, rows: Rows, datasets: Mapping[str, Rows]) -> Iterator[str]:
    parent = name.removeprefix("SUPP")
    there = {(row["USUBJID"], str(row.get(f"{parent}SEQ", ""))) for row in datasets.get(parent, ())}
    if any((row["USUBJID"], str(row["IDVARVAL"] or "")) not in there for row in rows):
        yield f"{name}: a row belongs to no row of {parent}"


def _broken_relations(datasets: Mapping[str, Rows]) -> Iterator[str]:
    """A side said to be ONE names one row; a MANY side names nothing that its ONE side does not."""
    sides: dict[Value, list[Mapping[str, Value]]] = {}
    for row in datasets.get("RELREC", ()):
        sides.setdefault(row["RELID"], []).append(row)
    for name, found in sides.items():
        ones = [row for row in found if row["RELTYPE"] == "ONE"]
        for one in ones:
            named = _named(datasets, one)
            if len(set(named)) != len(named):
                yield f"RELREC {name}: {one['IDVAR']} does not name one row of a subject"
            for other in found:
                if other is not one and set(_named(datasets, other)) - set(named):
                    yield f"RELREC {name}: {other['IDVAR']} names what {one['IDVAR']} does not"


def _named(datasets: Mapping[str, Rows], side: Mapping[str, Value]) -> list[tuple[Value, Value]]:
    variable, rows = str(side["IDVAR"]), datasets.get(str(side["RDOMAIN"]), ())
    return [(row["USUBJID"], row[variable]) for row in rows if row.get(variable) is not None]

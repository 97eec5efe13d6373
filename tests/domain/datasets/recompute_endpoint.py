"""The primary endpoint from SDTM rows alone: an independent program that knows nothing of Casebook's rules.

It takes the domains as lists of rows by name, as any reader of a transport file gives them, and follows the study's
announcement and the parameters in TS. Written from the derivation table of the study, not from the program's code.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from scipy.stats import t as student

NONVIABLE, VIABLE, NOT_EVALUABLE, PENDING = "non-viable", "viable", "not evaluable", "pending"


@dataclass
class Lesion:
    """What the rows say of one lesion."""

    subject: str
    label: str
    cdlm: str = "undetermined"
    absent_on_ct: bool | None = None
    counts: bool = True
    operations: list[dict] = field(default_factory=list)
    reports: dict = field(default_factory=dict)
    images: list[dict] = field(default_factory=list)
    treatments: list[date] = field(default_factory=list)
    truth: str = PENDING
    sets: frozenset = frozenset()


@dataclass
class Line:
    """One set of lesions with its estimate."""

    n_lesions: int
    n: int
    y: int
    patients: dict
    p: float | None
    interval: tuple[float, float] | None


def recompute(rows: dict[str, list[dict]]) -> tuple[dict, dict[str, Line]]:
    """Return every lesion by subject and label, and the lines by set: CT, CT+MRI, CT+MRI+IOUS."""
    trial = parameters(rows["TS"])
    beside = supplements(rows)
    subjects = {row["USUBJID"]: subject_facts(row["USUBJID"], rows) for row in rows["DM"]}
    lesions = identified(rows, beside)
    judge_cdlm(lesions, rows, trial)
    record_operations(lesions, rows, beside)
    record_pathology(lesions, rows, beside)
    record_follow_up(lesions, rows, beside, trial)
    for lesion in lesions.values():
        conclude(lesion, subjects[lesion.subject], trial)
    level = float(trial["CILEVEL"][0])
    return lesions, {name: line(lesions.values(), name, level) for name in ("CT", "CT+MRI", "CT+MRI+IOUS")}


def parameters(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["TSPARMCD"]].append(row["TSVAL"])
    return found


def supplements(rows):
    """Supplemental qualifiers by domain, subject, sequence number and name."""
    return {
        (row["RDOMAIN"], row["USUBJID"], int(row["IDVARVAL"]), row["QNAM"]): row["QVAL"]
        for name, found in rows.items()
        if name.startswith("SUPP")
        for row in found
        if row["IDVARVAL"]
    }


def day(text):
    return date.fromisoformat(text)


def subject_facts(usubjid, rows):
    """When the subject died, left, or was found ineligible; where its follow-up may start without surgery."""
    events = [row for row in rows["DS"] if row["USUBJID"] == usubjid]
    facts = {"died": None, "left": None, "ineligible": False, "milestones": {}}
    leaving = []
    for row in events:
        on, what = day(row["DSSTDTC"]), row["DSDECOD"]
        if row["DSCAT"] == "PROTOCOL MILESTONE":
            facts["milestones"][row["DSTERM"]] = on
        elif what == "DEATH":
            facts["died"] = min(on, facts["died"] or on)
        elif what == "FOUND INELIGIBLE":
            facts["ineligible"] = True
        elif row["DSSCAT"] != "STUDY TREATMENT":
            leaving.append(on)
    facts["left"] = min(leaving, default=None)
    return facts


def is_follow_up(row, domain):
    return (row[f"{domain}LNKGRP"] or "").startswith("FU-")


def identified(rows, beside):
    """The lesions of the list, as the site identified them; those of the baseline, and what came of them, count."""
    found = {}
    for row in rows["TU"]:
        if row["TUEVAL"] != "INVESTIGATOR" or row["TUSPID"] is None:
            continue
        lesion = Lesion(row["USUBJID"], row["TUSPID"])
        at = ("TU", row["USUBJID"], row["TUSEQ"])
        lesion.counts = row["TUORRES"] == "TARGET" and beside[*at, "LESSTATE"] == "ACTIVE"
        found[lesion.subject, lesion.label] = lesion
    return found


def judge_cdlm(lesions, rows, trial):
    """Gone on every required method in the read that counts: the accepted central one, else the site's."""
    at_visit = [r for r in rows["TR"] if r["VISIT"] == trial["CDLMVIS"][0] and r["TRTESTCD"] == "TUMSTATE"]
    centrally = {row["USUBJID"] for row in at_visit if row["TRACPTFL"] == "Y"}
    seen = defaultdict(dict)
    for row in at_visit:
        counts = row["TRACPTFL"] == "Y" if row["USUBJID"] in centrally else row["TREVAL"] == "INVESTIGATOR"
        if counts and row["TRSPID"]:
            seen[row["USUBJID"], row["TRSPID"]][row["TRMETHOD"]] = row["TRSTRESC"]
    for key, lesion in lesions.items():
        states = [seen[key].get(method) for method in trial["CDLMMETH"]]
        if "PRESENT" in states:
            lesion.cdlm = "no"
        elif all(state == "ABSENT" for state in states):
            lesion.cdlm = "yes"
        lesion.absent_on_ct = {"ABSENT": True, "PRESENT": False}.get(seen[key].get("CT SCAN"))


def record_operations(lesions, rows, beside):
    contrast = {
        (row["USUBJID"], row["PRLNKGRP"]): beside.get(("PR", row["USUBJID"], row["PRSEQ"], "CONTRFL")) == "Y"
        for row in rows["PR"]
        if row["PRTRT"] == "INTRAOPERATIVE ULTRASOUND" and row["PROCCUR"] == "Y"
    }
    said = defaultdict(dict)
    for row in rows["FA"]:
        if row["FACAT"] == "SURGERY" and row["FASPID"]:
            of = said[row["USUBJID"], row["FASPID"], row["FALNKGRP"]]
            of[row["FATESTCD"]] = row["FASTRESC"]
            of["on"], of["contrast"] = day(row["FADTC"]), contrast.get((row["USUBJID"], row["FALNKGRP"]))
    for (subject, label, _), operation in said.items():
        lesions[subject, label].operations.append(operation)
    for lesion in lesions.values():
        lesion.operations.sort(key=lambda operation: operation["on"])


def record_pathology(lesions, rows, beside):
    """Of each operation the report that came last."""
    reports = defaultdict(dict)
    for row in rows["MI"]:
        at = (day(beside["MI", row["USUBJID"], row["MISEQ"], "RPTDTC"]), int(row["MILNKGRP"].split("-")[1]))
        key = (row["USUBJID"], row["MISPID"], day(row["MIDTC"]))
        reports[key].setdefault(at, {})[row["MITESTCD"]] = row["MISTRESC"]
    for (subject, label, on), found in reports.items():
        lesions[subject, label].reports[on] = found[max(found)]


def record_follow_up(lesions, rows, beside, trial):
    adequate = {
        (row["USUBJID"], row["PRLNKGRP"]): beside.get(("PR", row["USUBJID"], row["PRSEQ"], "ADEQFL")) == "Y"
        for row in rows["PR"]
        if is_follow_up(row, "PR")
    }
    elsewhere = {
        (row["USUBJID"], row["FALNKGRP"]): row["FASTRESC"] == "YES"
        for row in rows["FA"]
        if row["FATESTCD"] == "RECLIVER"
    }
    for row in rows["TR"]:
        if is_follow_up(row, "TR") and row["TRTESTCD"] == "TUMSTATE":
            session = (row["USUBJID"], row["TRLNKGRP"])
            counts_elsewhere = trial["RECELSE"][0] == "Y" and elsewhere.get(session, False)
            image = {
                "on": day(row["TRDTC"]),
                "recurred": row["TRSTRESC"] == "PRESENT" or counts_elsewhere,
                "clear": row["TRSTRESC"] == "ABSENT" and adequate[session],
            }
            lesions[row["USUBJID"], row["TRSPID"]].images.append(image)
    for row in rows["PR"]:
        if row["PRCAT"] == "LOCAL TREATMENT":
            lesions[row["USUBJID"], row["PRSPID"]].treatments.append(day(row["PRSTDTC"]))


def conclude(lesion, subject, trial):
    """The truth of the lesion, and the sets it belongs to."""
    lesion.truth = truth_of(lesion, subject, trial)
    if not lesion.counts or subject["ineligible"]:
        return
    sets = {"CT"} if lesion.absent_on_ct else set()
    if lesion.cdlm == "yes":
        sets.add("CT+MRI")
        first = lesion.operations[0] if lesion.operations else {}
        tells = first.get("IOUS") == "NOT SEEN" and (first["contrast"] or trial["IOUSCON"][0] == "N")
        if tells and first.get("FOUND") != "Y":
            sets.add("CT+MRI+IOUS")
    lesion.sets = frozenset(sets)


def truth_of(lesion, subject, trial):
    fate = lesion.operations[0].get("FATE") if lesion.operations else None
    if fate == "RESECTED":
        return by_pathology(lesion.reports.get(lesion.operations[0]["on"]))
    if fate == "ABLATED":
        return NOT_EVALUABLE
    if fate is None and not lesion.images:
        return NOT_EVALUABLE if subject["died"] or subject["left"] else PENDING
    return by_imaging(lesion, subject, trial, was_operated=fate is not None)


def by_pathology(report):
    if not report or not {"MATCH", "VIABCELL"} <= report.keys():
        return PENDING
    if report["MATCH"] == "NOT MATCHED" or report["VIABCELL"] == "NOT EVALUABLE":
        return NOT_EVALUABLE
    return NONVIABLE if report["VIABCELL"] == "NONE" else VIABLE


def by_imaging(lesion, subject, trial, *, was_operated):
    anchor = trial["FOLFROM"][0] if was_operated else trial["FOLELSE"][0]
    start = lesion.operations[0]["on"] if anchor == "SURGERY" else subject["milestones"].get(anchor)
    if start is None:
        return PENDING
    horizon = start + timedelta(days=int(trial["HORIZON"][0]))
    again = [one for one in lesion.operations[1:] if one.get("FATE") == "RESECTED"]
    ablated = [one["on"] for one in lesion.operations[1:] if one.get("FATE") == "ABLATED"]
    treated = min([*lesion.treatments, *ablated], default=None)
    taken = again[0]["on"] if again else None
    untouched = min((on for on in (treated, taken) if on), default=date.max)
    images = sorted((one for one in lesion.images if one["on"] <= untouched), key=lambda one: one["on"])
    recurred = next((one["on"] for one in images if one["recurred"]), None)
    in_time = recurred is not None and recurred <= horizon
    opens = horizon - timedelta(days=int(trial["EARLYWIN"][0]))
    cleared = not in_time and any(one["on"] >= opens and (one["clear"] or one["recurred"]) for one in images)
    if taken and not cleared and (treated is None or taken <= treated):
        return by_pathology(lesion.reports.get(taken))
    if in_time:
        return VIABLE
    if cleared:
        return NONVIABLE
    if treated or subject["died"] or subject["left"]:
        return NOT_EVALUABLE
    closes = horizon + timedelta(days=int(trial["LATEWIN"][0]))
    return NOT_EVALUABLE if day(trial["DCUTDTC"][0]) > closes else PENDING


def line(lesions, name, level):
    """The share of non-viable lesions, patients as clusters: ratio variance, interval on the logit with t(m - 1)."""
    of = [lesion for lesion in lesions if name in lesion.sets]
    known = [lesion for lesion in of if lesion.truth in {NONVIABLE, VIABLE}]
    n_of = Counter(lesion.subject for lesion in known)
    y_of = Counter(lesion.subject for lesion in known if lesion.truth == NONVIABLE)
    patients = {subject: (n, y_of[subject]) for subject, n in n_of.items()}
    n, y, m = len(known), sum(y_of.values()), len(patients)
    if m < 2 or y in {0, n}:
        return Line(len(of), n, y, patients, y / n if n else None, None)
    p = y / n
    se = math.sqrt(m / (m - 1) * sum((one_y - one_n * p) ** 2 for one_n, one_y in patients.values())) / n
    reach = student.ppf((1 + level) / 2, m - 1) * se / (p * (1 - p))
    logit = math.log(p / (1 - p))
    interval = tuple(1 / (1 + math.exp(-(logit + sign * reach))) for sign in (-1, 1))
    return Line(len(of), n, y, patients, p, interval)

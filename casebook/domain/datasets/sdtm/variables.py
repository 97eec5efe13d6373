"""Variables that the domains of SDTM share: only their prefix differs."""

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, decimal, iso_day, text, whole
from casebook.domain.datasets.identifiers import STUDYID, USUBJID
from casebook.domain.datasets.model import CodeList, Variable
from casebook.domain.datasets.sdtm import vocabulary as terms


def identifiers(domain: str) -> tuple[Variable, ...]:
    """Study, domain, subject and sequence number of a row."""
    return (
        STUDYID,
        assigned("DOMAIN", "Domain Abbreviation", "ドメイン", 2, is_mandatory=True),
        USUBJID,
        whole(
            f"{domain}SEQ",
            "Sequence Number",
            "行番号",
            how=("Counts the subject's rows in their order", "症例ごとの通し番号"),
            is_mandatory=True,
        ),
    )


def links(domain: str) -> tuple[Variable, ...]:
    """What a row is linked by: the lesion and its evaluator, and the session or operation."""
    return (
        assigned(f"{domain}SPID", "Sponsor-Defined Identifier", "病変番号", 40),
        assigned(f"{domain}LNKID", "Link ID", "病変・評価者のリンク", 40),
        assigned(f"{domain}LNKGRP", "Link Group ID", "検査・手術のリンク", 40),
    )


def test(domain: str, codes: CodeList, short: str, name: str) -> tuple[Variable, ...]:
    """Return the short and the long name of what a finding is about, labelled as the guide labels them."""
    return (
        assigned(f"{domain}TESTCD", short, "検査コード", 8, codes=codes, is_mandatory=True),
        assigned(f"{domain}TEST", name, "検査名", 40, is_mandatory=True),
    )


def before_exposure(domain: str) -> Variable:
    """Return the flag that the guide expects of findings; nobody is exposed to a drug, so nothing has it."""
    label = ("Last Observation Before Exposure Flag", "投与前の最終観察")
    return assigned(f"{domain}LOBXFL", *label, 1, codes=words.YES)


def results(domain: str, *, numeric: bool) -> tuple[Variable, ...]:
    """Return the result as recorded and as standardised; in mm where it is a number."""
    prefix = domain
    found = [text(f"{prefix}ORRES", "Result or Finding in Original Units", "結果（原単位）", 60)]
    if numeric:
        found.append(text(f"{prefix}ORRESU", "Original Units", "原単位", 10, codes=terms.UNITS))
    found.append(text(f"{prefix}STRESC", "Character Result/Finding in Std Format", "標準化結果（文字）", 60))
    if numeric:
        found.append(decimal(f"{prefix}STRESN", "Numeric Result/Finding in Standard Units", "標準化結果（数値）"))
        found.append(text(f"{prefix}STRESU", "Standard Units", "標準単位", 10, codes=terms.UNITS))
    return tuple(found)


def not_done(domain: str) -> tuple[Variable, ...]:
    """Return whether a finding was not made, and why not."""
    return (
        text(f"{domain}STAT", "Completion Status", "実施状況", 8, codes=terms.NOT_DONE),
        text(f"{domain}REASND", "Reason Not Done", "未実施の理由", 100),
    )


def evaluation(domain: str) -> tuple[Variable, ...]:
    """Return who judged, and whether that is the judgement that counts."""
    return (
        assigned(f"{domain}EVAL", "Evaluator", "評価者", 40, codes=words.EVALUATOR),
        assigned(f"{domain}EVALID", "Evaluator Identifier", "評価者の識別", 20, codes=words.EVALUATOR_ID),
        text(
            f"{domain}ACPTFL",
            "Accepted Record Flag",
            "採用された判定",
            1,
            codes=words.YES,
            how=(
                "Y where the evaluator's read is the one that counts at the timepoint",
                "その時点で採用された判定ならY",
            ),
        ),
    )


def visit() -> tuple[Variable, ...]:
    """Return the timepoint of the study definition."""
    return (
        whole("VISITNUM", "Visit Number", "時点番号", how=("Place in the study definition", "試験定義での順序")),
        assigned("VISIT", "Visit Name", "時点", 40),
    )


def dated(domain: str, what_en: str, what_ja: str, *, is_start: bool = False) -> tuple[Variable, ...]:
    """Return a day and its number counted from RFSTDTC."""
    prefix, of = (f"{domain}ST", "Start of ") if is_start else (domain, "")
    label = f"Start Date/Time of {what_en}" if is_start else f"Date/Time of {what_en}"
    return (
        iso_day(f"{prefix}DTC", label, f"{what_ja}の日"),
        whole(
            f"{prefix}DY",
            f"Study Day of {of}{what_en}",
            f"{what_ja}の試験日",
            how=("Days from RFSTDTC, which is day 1; there is no day 0", "RFSTDTCを1日目とする日数（0日目なし）"),
        ),
    )

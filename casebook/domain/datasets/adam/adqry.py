"""ADQRY: the queries that sites know of, with their ages on the day of the cut; what was said in them stays behind."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from casebook.domain.datasets import vocabulary as words
from casebook.domain.datasets.columns import assigned, day, text, whole
from casebook.domain.datasets.identifiers import STUDYID, usubjid
from casebook.domain.datasets.material import QueryMaterial, StudyMaterial
from casebook.domain.datasets.model import Dataset, Origin, Shape, Standard, Value, dataset
from casebook.domain.datasets.words import ascii_text, upper
from casebook.domain.queries import QueryState, ageing
from casebook.domain.texts import Text

SHAPE: Final = Shape(
    name="ADQRY",
    label=Text("Queries Dataset", "クエリデータセット"),
    standard=Standard.ADAM,
    observation_class="ADAM OTHER",
    structure=Text("One record per query", "クエリごとに1件"),
    keys=("STUDYID", "QRYNUM"),
    variables=(
        STUDYID,
        assigned("USUBJID", "Unique Subject Identifier", "被験者識別子（全試験で一意）", 40),
        assigned("SUBJID", "Subject Identifier for the Study", "症例番号", 20),
        assigned("SITEID", "Study Site Identifier", "施設識別子", 20, is_mandatory=True),
        whole("QRYNUM", "Query Number", "クエリ番号", origin=Origin.ASSIGNED, is_mandatory=True),
        assigned("AVISIT", "Analysis Visit", "時点", 40),
        text("QRYFORM", "Form Asked about", "対象の調査票", 60, source="query: form"),
        whole("QRYORD", "Entry of the Form", "調査票の記入番号", origin=Origin.COLLECTED),
        text("QRYFIELD", "Field Asked about", "対象の項目", 100, source="query: field"),
        assigned("LESID", "Lesion Identifier", "病変番号", 8),
        text("SERUID", "Series Instance UID (De-identified)", "シリーズUID（匿名化後）", 64, source="query: series"),
        text("QRYKIND", "Who Raised the Query", "種類", 10, codes=words.QUERY_KIND, source="query: kind"),
        text("QRYRULE", "Rule that Raised the Query", "規則", 100, source="query: rule"),
        text("QRYSTATE", "State of the Query", "状態", 10, codes=words.QUERY_STATE, source="query: state"),
        day("QRYOPDT", "Date Asked", "照会日", source="query: opened_at (UTC)"),
        day("QRYDUEDT", "Date Answer Is Due", "回答期限", source="query: due_on"),
        day("QRYANSDT", "Date Answered", "回答日", source="query: answered_at (UTC)"),
        day("QRYENDT", "Date Ended", "終了日", source="query: ended_at (UTC)"),
        whole(
            "QRYAGE",
            "Age of the Query (days)",
            "経過日数",
            how=("Days from QRYOPDT to QRYENDT, or to the day of the cut", "QRYOPDTからQRYENDTまたはカット日まで"),
        ),
        whole(
            "QRYOVER",
            "Days Overdue",
            "期限超過日数",
            how=(
                "Days of an open query past QRYDUEDT on the day of the cut; 0 otherwise",
                "未回答で期限を過ぎた日数。それ以外は0",
            ),
        ),
    ),
)


def adqry(study: StudyMaterial) -> Dataset:
    """Return the queries of a study."""
    return dataset(SHAPE, _rows(study))


def _rows(study: StudyMaterial) -> Iterator[dict[str, Value]]:
    for subject in study.subjects:
        about: dict[str, Value] = {"USUBJID": usubjid(subject), "SUBJID": subject.number}
        for query in subject.queries:
            yield about | _row(study, query)
    for query in study.site_queries:
        yield _row(study, query)


def _row(study: StudyMaterial, query: QueryMaterial) -> dict[str, Value]:
    return {
        "STUDYID": study.definition.code,
        "SITEID": query.site,
        "QRYNUM": query.number,
        "AVISIT": upper(query.timepoint) if query.timepoint else None,
        "QRYFORM": query.form,
        "QRYORD": query.ordinal,
        "QRYFIELD": ascii_text(query.field, 100) if query.field else None,
        "LESID": query.lesion,
        "SERUID": query.series_uid,
        "QRYKIND": upper(query.kind),
        "QRYRULE": ascii_text(query.rule, 100) if query.rule else None,
        "QRYSTATE": upper(query.state),
        "QRYOPDT": query.opened_on,
        "QRYDUEDT": query.due_on,
        "QRYANSDT": query.answered_on,
        "QRYENDT": query.ended_on,
        **_ages(study, query, study.as_of),
    }


def _ages(study: StudyMaterial, query: QueryMaterial, as_of: date) -> dict[str, Value]:
    age = ageing(
        QueryState(query.state),
        opened_on=query.opened_on,
        due_on=query.due_on,
        today=as_of,
        terms=study.definition.queries,
        ended_on=query.ended_on,
    )
    return {"QRYAGE": age.days, "QRYOVER": age.days_over}

"""The report on timeliness: from a visit to its complete form, from an examination to its images here."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from casebook.actions.reported import NAME, SITE, Asked, Made, named
from casebook.actions.studies import definition_of
from casebook.dicom.deidentification.keyed import date_shift_days
from casebook.domain import visits
from casebook.domain.reports import Cell, Delay, Head, ReportTable, Timeliness, in_short
from casebook.domain.study.model import RegistrationStep
from casebook.domain.texts import Text
from casebook.stats.rounding import percent
from casebook.store import reports
from casebook.store.reports import CompletedEntry
from casebook.store.tables import Site

IMAGES: Final = "images"
WITHHELD: Final = Text("withheld", "非表示")


def timeliness_report(session: Session, asked: Asked) -> Made:
    """Median, 90 % and how many were late, by site and by form; a site's own figures from so many patients on."""
    terms = asked.definition.reports
    forms, images = form_delays(session, asked), image_delays(session, asked)
    n_patients = _n_patients(session, asked)
    shown = {site.code for site in asked.sites if not asked.is_site or n_patients[site.code] >= terms.feedback_from}
    by_site = ReportTable(
        Text("By site", "施設別"),
        (SITE, NAME, Head("patients", Text("Patients", "症例数"), is_number=True), *_heads("forms"), *_heads(IMAGES)),
        tuple(_site_row(site, n_patients[site.code], forms, images, asked, shown) for site in asked.sites),
        (_total(asked, n_patients, forms, images, shown),),
    )
    notes = [
        Text(
            f"Forms: days from the visit a form describes (else the first registration) to the form complete for the "
            f"first time; late after {terms.form_within_days} days.",
            f"様式：記載された実施日（なければ一次登録日）から初めて完了するまでの日数。"
            f"{terms.form_within_days}日を超えると遅延。",
        ),
        Text(
            f"Images: days from an examination to its first image here; late after {terms.images_within_days} days.",
            f"画像：検査日から最初の画像の受領までの日数。{terms.images_within_days}日を超えると遅延。",
        ),
    ]
    if len(shown) < len(asked.sites):
        notes.append(
            Text(
                f"Figures of a site with fewer than {terms.feedback_from} patients are withheld.",
                f"症例数が{terms.feedback_from}例未満の施設の数値は表示しません。",
            )
        )
    of_shown = [one for one in forms if one.site in shown]
    return Made((by_site, _by_form(asked, of_shown)), data=by_site, notes=tuple(notes))


def form_delays(session: Session, asked: Asked) -> list[Delay]:
    """How long each complete form of the sites took; forms that registering fills are not among them.

    Nor are visits that did not take place: there is no day to count from.
    """
    rows = reports.completed_entries(session, asked.actor, asked.action, asked.definition.code, until=asked.until)
    found = []
    for row in rows:
        form = next(
            (one for one in definition_of(session, row.study_version_id).forms if one.code == row.form_code), None
        )
        if row.site_code in asked.site_codes and form is not None and not form.criteria and form.code != visits.FORM:
            days = (row.completed_at.date() - _visit_on(row, form.dated_by)).days
            found.append(Delay(row.site_code, row.form_code, max(days, 0)))
    return found


def image_delays(session: Session, asked: Asked) -> list[Delay]:
    """How long the images of each examination took; the archive's days are moved back to the real ones."""
    rows = reports.received_studies(session, asked.actor, asked.action, asked.definition.code, until=asked.until)
    return [
        Delay(row.site_code, IMAGES, max((row.received_at.date() - (row.study_on - shift)).days, 0))
        for row in rows
        if row.site_code in asked.site_codes and row.study_on is not None
        for shift in (timedelta(days=date_shift_days(asked.key, row.subject_number)),)
    ]


def _visit_on(row: CompletedEntry, dated_by: str | None) -> date:
    said = row.data.get(dated_by or "")
    try:
        return date.fromisoformat(said) if isinstance(said, str) else row.registered_on
    except ValueError:
        return row.registered_on


def _n_patients(session: Session, asked: Asked) -> Counter[str]:
    code_of = {site.id: site.code for site in asked.sites}
    rows = reports.registrations(session, list(code_of), until=asked.as_of)
    return Counter(code_of[row.site_id] for row in rows if row.step == RegistrationStep.FIRST)


def _heads(prefix: str) -> tuple[Head, ...]:
    what = Text("Forms", "様式") if prefix != IMAGES else Text("Images", "画像")
    words = (
        ("n", Text("n", "件数")),
        ("median_days", Text("median days", "中央値（日）")),
        ("p90_days", Text("90 %, days", "90%（日）")),
        ("n_late", Text("late", "遅延")),
        ("late_share", Text("% late", "遅延率")),
    )
    return tuple(
        Head(f"{prefix}_{code}", Text(f"{what.en}: {label.en}", f"{what.ja}：{label.ja}"), is_number=True)
        for code, label in words
    )


def _cells(short: Timeliness) -> tuple[Cell, ...]:
    share = percent(short.n_late / short.n) if short.n else None
    late = short.n_late if short.n else None
    return short.n, short.median_days, short.p90_days, late, share


def _both(forms: Iterable[Delay], images: Iterable[Delay], asked: Asked) -> tuple[Cell, ...]:
    terms = asked.definition.reports
    of_forms = in_short(forms, limit_days=terms.form_within_days)
    return (*_cells(of_forms), *_cells(in_short(images, limit_days=terms.images_within_days)))


def _site_row(
    site: Site, n: int, forms: Sequence[Delay], images: Sequence[Delay], asked: Asked, shown: set[str]
) -> tuple[Cell, ...]:
    if site.code not in shown:
        return (*named(site), n, *((WITHHELD,) * (2 * len(_heads(IMAGES)))))
    of_forms, of_images = ([one for one in delays if one.site == site.code] for delays in (forms, images))
    return (*named(site), n, *_both(of_forms, of_images, asked))


def _total(
    asked: Asked, n_patients: Counter[str], forms: Sequence[Delay], images: Sequence[Delay], shown: set[str]
) -> tuple[Cell, ...]:
    of_forms, of_images = ([one for one in delays if one.site in shown] for delays in (forms, images))
    return (Text("Together", "合計"), None, n_patients.total(), *_both(of_forms, of_images, asked))


def _by_form(asked: Asked, delays: Sequence[Delay]) -> ReportTable:
    limit = asked.definition.reports.form_within_days
    rows = []
    for form in asked.definition.forms:
        mine = [one for one in delays if one.about == form.code]
        if mine:
            rows.append((form.label, *_cells(in_short(mine, limit_days=limit))))
    return ReportTable(
        Text("By form", "様式別"), (Head("form", Text("Form", "様式")), *_heads("forms")), tuple(rows), n_names=1
    )

"""A report on paper: A4 across, tables that break over pages under repeated heads, the same bytes for the same report.

Japanese is set in Heisei Kaku Gothic, one of the fonts for Japanese that PDF readers bring with them, Latin letters in
Helvetica, one of the fonts that all of them have (ISO 32000-1, 9.6.2.2 and 9.7.5.2): no font file is needed.
"""

import io
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from casebook.domain.reports import Cell, Head, Report, ReportTable, said
from casebook.domain.texts import Text

FONT: Final = "HeiseiKakuGo-W5"
LATIN: Final = "Helvetica"
WIDTH, HEIGHT = landscape(A4)
MARGIN: Final = 12 * mm
HEAD_HEIGHT: Final = 16 * mm
INK, MUTED, LINE, SHADE = (colors.HexColor(one) for one in ("#1b2733", "#5c6b78", "#c9d1d8", "#eef2f5"))
CELL_SIZE: Final = 7.5
LEADING: Final = 9.6
MOST_WIDE: Final = 62 * mm
"""What one cell may ask of the width of its column; longer ones wrap."""
PADDING: Final = 7
SYLLABLES: Final = 7
"""Japanese text breaks anywhere, and is not set narrower than this many characters."""
ALL_SITES: Final = Text("all sites", "全施設")


def report_pdf(report: Report, language: str) -> bytes:
    """Return the report as PDF, in one language."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(WIDTH, HEIGHT),
        title=f"{report.title.into(language)} {report.study} {report.as_of}",
        author="Casebook",
        subject=_scope(report, language),
        lang=language,
        invariant=True,
    )
    frame = Frame(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN - HEAD_HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [frame]))
    flow: list[Any] = []
    for table in report.tables:
        flow += [
            _paragraph(table.title.into(language), 10.5, 15, title=True),
            *_set(table, language, frame.width),
            Spacer(1, 5 * mm),
        ]
    flow += [_paragraph(note.into(language), 7.5, 10.5, colour=MUTED) for note in report.notes]
    document.build(flow, canvasmaker=_pages(report, language))
    return out.getvalue()


def _pages(report: Report, language: str) -> type[Canvas]:
    """A canvas that knows how many pages there are when it sets their heads and feet."""

    class Pages(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._waiting: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's own name
            self._waiting.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # the stubs lack it

        def save(self) -> None:
            n_pages = len(self._waiting)
            for number, page in enumerate(self._waiting, start=1):
                self.__dict__.update(page)
                _furnish(self, report, language, number, n_pages)
                super().showPage()
            super().save()

    return Pages


def _furnish(canvas: Canvas, report: Report, language: str, number: int, n_pages: int) -> None:
    """Set what stands on every page: title, study and day above; the page's number below."""
    top, right = HEIGHT - MARGIN, WIDTH - MARGIN
    as_of = f"{report.as_of} 現在" if language == "ja" else f"as of {report.as_of}"
    canvas.setFillColor(INK)
    _write(canvas, report.title.into(language), 14, MARGIN, top - 12)
    _write(canvas, f"{report.study} · {as_of}", 9, right, top - 6, to_right=True)
    canvas.setFillColor(MUTED)
    _write(canvas, _scope(report, language), 9, right, top - 18, to_right=True)
    canvas.setStrokeColor(LINE)
    canvas.line(MARGIN, top - 26, right, top - 26)
    page = f"{number} / {n_pages} ページ" if language == "ja" else f"Page {number} of {n_pages}"
    _write(canvas, page, CELL_SIZE, right, MARGIN - 12, to_right=True)
    _write(canvas, "Casebook", CELL_SIZE, MARGIN, MARGIN - 12)


def _write(canvas: Canvas, text: str, size: float, x: float, y: float, *, to_right: bool = False) -> None:
    canvas.setFont(_font_of(text), size)
    (canvas.drawRightString if to_right else canvas.drawString)(x, y, text)


def _scope(report: Report, language: str) -> str:
    scope = report.centre.label if report.centre else ALL_SITES
    protocol = "プロトコル" if language == "ja" else "protocol"
    return f"{scope.into(language)} · {protocol} {report.protocol_version}"


def _set(table: ReportTable, language: str, width: float) -> list[Any]:
    if not table.rows:
        none = "該当なし" if language == "ja" else "Nothing to report."
        return [_paragraph(none, CELL_SIZE, LEADING, colour=MUTED)]
    heads = [_paragraph(_shown_head(head, language), 7, 9, colour=MUTED, right=head.is_number) for head in table.heads]
    rows = [*table.rows, *table.totals]
    body = [[_cell(cell, head, language) for cell, head in zip(row, table.heads, strict=True)] for row in rows]
    made = Table([heads, *body], colWidths=_widths(table, language, width), repeatRows=1, hAlign="LEFT")
    n_totals = len(table.totals)
    made.setStyle(
        TableStyle(
            [
                ("NOSPLIT", (0, -min(len(rows), n_totals + 1)), (-1, -1)),
                ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
                ("VALIGN", (0, 1), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                *([("LINEABOVE", (0, -n_totals), (-1, -n_totals), 0.8, INK)] if n_totals else []),
            ]
        )
    )
    return [made]


def _widths(table: ReportTable, language: str, width: float) -> list[float]:
    """Share the width out: no column is wider than it needs, and where all of them need more, long texts wrap."""
    texts = [
        [_shown_head(head, language), *(said(row[index], language) for row in (*table.rows, *table.totals))]
        for index, head in enumerate(table.heads)
    ]
    least = [max(_wide(word) for text in column for word in _words(text)) + PADDING for column in texts]
    wanted = [min(max(_wide(text) for text in column[1:]) + PADDING, MOST_WIDE) for column in texts]
    wanted = [max(pair) for pair in zip(least, wanted, strict=True)]
    excess, slack = sum(wanted) - width, sum(wanted) - sum(least)
    if excess <= 0:
        return wanted
    share = min(1.0, excess / slack) if slack else 0.0
    shrunk = [most - (most - fewest) * share for most, fewest in zip(wanted, least, strict=True)]
    return [one * min(1.0, width / sum(shrunk)) for one in shrunk]


def _words(text: str) -> list[str]:
    """What does not break over lines: words, and in Japanese a few characters."""
    return [
        part
        for word in text.split()
        for part in (
            [word[at : at + SYLLABLES] for at in range(0, len(word), SYLLABLES)] if _is_japanese(word) else [word]
        )
    ] or [""]


def _wide(text: str) -> float:
    return float(pdfmetrics.stringWidth(text, _font_of(text), CELL_SIZE))


def _shown_head(head: Head, language: str) -> str:
    return head.label.into(language).replace("：", " ").replace(": ", " ")


def _cell(cell: Cell, head: Head, language: str) -> Paragraph:
    return _paragraph(said(cell, language), CELL_SIZE, LEADING, right=head.is_number)


def _paragraph(
    text: str, size: float, leading: float, *, colour: Any = INK, right: bool = False, title: bool = False
) -> Paragraph:
    style = ParagraphStyle(
        "cell",
        fontName=_font_of(text),
        fontSize=size,
        leading=leading,
        textColor=colour,
        alignment=2 if right else 0,
        keepWithNext=title,
        wordWrap="CJK" if _is_japanese(text) else None,
    )
    return Paragraph(text.replace("&", "&amp;").replace("<", "&lt;"), style)


def _font_of(text: str) -> str:
    """Latin letters with their accents in a font for them, everything else in the Japanese one."""
    return LATIN if all(character.encode("cp1252", "ignore") for character in text) else FONT


def _is_japanese(text: str) -> bool:
    return any("\u3040" <= character <= "\u9fff" for character in text)

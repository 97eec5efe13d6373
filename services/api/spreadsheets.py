"""CSV as an answer that spreadsheets open."""

from typing import Final

CSV: Final = "text/csv; charset=utf-8"
"""Its media type."""

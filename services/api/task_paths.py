"""The address of the page on which a task is done."""

from urllib.parse import quote, urlencode

from casebook.domain.tasks import Place, Target


def path_of(target: Target) -> str:
    """Return where a task is done."""
    number = quote(target.subject or "")
    paths = {
        Place.PATIENT: f"/patients/{number}",
        Place.FORM: f"/patients/{number}/forms/{quote(target.form or '')}",
        Place.FORMS: f"/patients/{number}/forms",
        Place.LESIONS: f"/patients/{number}/lesions",
        Place.READ: f"/patients/{number}/reads/{quote(target.timepoint or '')}",
        Place.IMAGES: f"/patients/{number}/images/{quote(target.timepoint or '')}",
        Place.PATIENTS: "/patients",
        Place.QUARANTINE: "/quarantine",
        Place.BOARD: f"/board/{number}/{quote(target.timepoint or '')}" if number else "/board",
        Place.QUERY: f"/queries/{target.query}",
        Place.QUERIES: "/queries",
        Place.ENTRIES: "/entries",
        Place.WORK: "/work/group",
        Place.SITE: f"/sites/{quote(target.site or '')}",
        Place.ENDPOINT: "/endpoint",
        Place.LESION_TABLE: "/lesions",
        Place.AUDIT: "/audit",
        Place.ACCOUNT: f"/accounts/{quote(target.login or '')}",
    }
    query = urlencode({name: word for name, word in _asked(target).items() if word})
    return paths[target.place] + (f"?{query}" if query else "")


def _asked(target: Target) -> dict[str, str | None]:
    """Return what the page is to show of all it can."""
    filters: dict[Place, dict[str, str | None]] = {
        Place.FORM: {"timepoint": target.timepoint, "ordinal": str(target.ordinal) if target.ordinal > 1 else None},
        Place.PATIENTS: {"site": target.site, "state": target.state},
        Place.QUERIES: {"site": target.site, "state": target.state},
        Place.ENTRIES: {"state": target.state, "site": target.site, "mark": target.mark},
        Place.WORK: {"code": target.state},
        Place.QUARANTINE: {"patient": target.subject},
        Place.LESION_TABLE: {"cdlm": "yes", "outcome": target.state} if target.state else {},
    }
    return filters.get(target.place, {})

"""What a person sees: contrast of the colours, and pages that fit their window."""

import re
from itertools import product

import pytest

from services.api.pages.static import FOLDER
from tests.pages import hospital

SHEET = (FOLDER / "casebook.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", SHEET))
HERE = f"{hospital.SITE}-0001"
PATHS = [
    "/patients",
    "/work",
    "/lesions",
    "/patients/new",
    f"/patients/{HERE}",
    *(f"/patients/{HERE}/forms/{form}" for form in ("eligibility", "mdt-decision", "surgery", "pathology")),
    f"/patients/{HERE}/forms/follow-up?timepoint=month-3",
    "/submissions",
    "/submissions/1001",
    "/quarantine",
    "/endpoint",
    "/endpoint/lesions?strategy=ct",
    f"/patients/{HERE}/lesions/L2/derivation",
    "/accrual",
    "/sites",
    "/sites/JP-06",
    "/registrations",
    "/account",
]
OVERFLOWING = """() => [document.documentElement, ...document.querySelectorAll('.scroll, .card, .tag, .button')]
  .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className + ': ' + one.innerText.slice(0, 60))"""


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *product(("ink", "muted", "accent", "warning", "error"), ("background", "card")),
        *((name, f"{name}-tint") for name in ("accent", "warning", "error", "good")),
        ("muted", "neutral-tint"),
        ("card", "accent"),
        ("card", "warning"),
    ],
)
def test_text_stands_out_from_its_ground(text, ground):
    assert contrast(COLOURS[text], COLOURS[ground]) >= 4.5


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_fit_1280_pixels_load_one_script_and_break_no_policy(chromium, address, language):
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=True, locale=language, base_url=address
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/login")
    page.fill("input[name=login]", "manager")
    page.fill("input[name=password]", hospital.PASSWORD)
    page.click("button.primary")
    for path in PATHS:
        answer = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert answer.status == 200, path
        assert page.evaluate(OVERFLOWING) == [], path
        assert page.locator("script:not([src^='/viewer/assets/pages.js'])").count() == 0, path
    assert said == []
    context.close()


@pytest.mark.browser
def test_a_form_is_filled_by_keyboard_alone(chromium, address, registry):
    with registry.transaction(actor="machine", reason="a test") as session:
        number = hospital.a_patient(session).number
    context = chromium.new_context(java_script_enabled=False, locale="en", base_url=address)
    page = context.new_page()
    page.goto(f"/patients/{number}/forms/adverse-event")
    page.wait_for_selector("[name=login]:focus")
    page.keyboard.type("manager")
    page.keyboard.press("Tab")
    page.keyboard.type(hospital.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/adverse-event")
    page.focus("[name='f.occurred_on']")
    page.keyboard.type(str(hospital.day(140)))
    page.keyboard.press("Tab")
    page.keyboard.type("Bile leak")
    page.keyboard.press("Tab")
    page.keyboard.type("IIIa")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**saved=1")
    assert page.locator(".notice.good").inner_text().startswith("Saved as version 1.")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/board?state=all", "/reports?name=images", "/submissions/1001/receipt"])
def test_lists_are_printed_whole_and_without_what_is_only_to_be_clicked(chromium, address, path):
    a4_landscape = {"width": 1047, "height": 718}
    context = chromium.new_context(viewport=a4_landscape, locale="en", base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.fill("input[name=login]", "manager")
    page.fill("input[name=password]", hospital.PASSWORD)
    page.click("button.primary")
    page.emulate_media(media="print")
    page.goto(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert page.evaluate(OVERFLOWING) == []
    assert page.locator(".head .actions:visible, .top:visible, .filter:visible").count() == 0
    context.close()

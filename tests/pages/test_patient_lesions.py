"""The baseline list, its lock and the events after, by page."""

import re

import pytest

from casebook.store import lesions
from tests.pages import hospital
from tests.pages.reading import fields, row, section, words

HERE, ELSEWHERE = f"{hospital.SITE}-0001", f"{hospital.OTHER_SITE}-0001"


@pytest.fixture
def patient(registry):
    """A new patient with images of the baseline and no lesion yet."""
    with registry.transaction(actor="machine", reason="a test") as session:
        return hospital.a_patient(session)


def at(subject) -> str:
    return f"/patients/{subject.number}/lesions"


def form(html: str, action: str, kind: str = "") -> dict[str, list[str]]:
    """What a browser would send of the form that goes to an address."""
    marked = re.search(rf'<form[^>]*action="{re.escape(action)}[^>]*{"event-" + kind if kind else ""}[^>]*>', html)
    assert marked, action
    return fields('class="entry"' + html[marked.end() : html.index("</form>", marked.end())])


def send(browser, path, changes):
    return browser.post(path, data={**form(browser.get(path).text, path), **changes})


def fill(browser, subject, *rows):
    changes = {}
    for number, (segment, mm) in enumerate(rows, start=1):
        changes |= {f"new{number}.segment": segment, f"new{number}.mm": mm}
    return send(browser, at(subject), changes)


def lock(browser, subject, password=hospital.PASSWORD):
    path = f"/patients/{subject.number}/baseline-list/lock"
    return browser.post(path, data={**form(browser.get(at(subject)).text, path), "password": password})


def tell(browser, subject, kind, **changes):
    path = f"/patients/{subject.number}/lesion-events"
    said = {"timepoint": "preoperative", "happened_on": str(hospital.day(98)), "reason": "seen so", **changes}
    return browser.post(path, data={**form(browser.get(at(subject)).text, path, kind), **said})


def stored(registry, subject):
    with registry.session() as session:
        return {item.label: item for item in lesions.of_subject(session, subject.id)}


@pytest.mark.parametrize(
    ("login", "here", "elsewhere"),
    [
        ("manager", 200, 200),
        ("monitor", 200, 200),
        ("coordinator", 200, 404),
        ("reader", 404, 404),
        ("admin", 403, 403),
    ],
)
def test_each_role_opens_the_lists_of_its_sites_only(browsers, login, here, elsewhere):
    for path in ("lesions", "lesions/L1"):
        assert browsers(login).get(f"/patients/{HERE}/{path}").status_code == here
    assert browsers(login).get(f"/patients/{ELSEWHERE}/lesions").status_code == elsewhere


def test_several_lesions_are_typed_and_saved_at_once(browsers, patient, registry):
    answer = fill(browsers("coordinator"), patient, ("IVb", "12.5"), ("VIII", "９,0"))
    assert answer.status_code == 303, words(answer.text)
    found = stored(registry, patient)
    assert {label: (item.segment, str(item.baseline_diameter_mm)) for label, item in found.items()} == {
        "L1": ("IVb", "12.5"),
        "L2": ("VIII", "9.0"),
    }
    shown = browsers("coordinator").get(at(patient)).text
    assert 'value="12.5"' in shown


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"new1.segment": "V", "new1.mm": "big"}, "new1.mm", "expected a number"),
        ({"new1.segment": "V", "new1.mm": "12.34"}, "new1.mm", "at most one decimal"),
        ({"new1.segment": "V", "new1.mm": "900"}, "new1.mm", "above 0 and up to 500"),
        ({"new1.mm": "12"}, "new1.segment", "choose a segment"),
        ({"new1.segment": "V", "new1.ct": "-3"}, "new1.ct", "above 0"),
    ],
)
def test_a_fault_stands_beside_its_cell_and_nothing_is_saved(browsers, patient, registry, changes, name, said):
    answer = send(browsers("coordinator"), at(patient), {"new2.segment": "II", "new2.mm": "8", **changes})
    assert answer.status_code == 422
    beside = re.search(rf'id="{re.escape(name)}-help">(.*?)</span>', answer.text)
    assert beside, words(answer.text)
    assert said in beside[1]
    assert stored(registry, patient) == {}
    assert 'value="8"' in answer.text


def test_a_change_needs_a_reason_once_and_then_is_kept(browsers, patient, registry):
    browser = browsers("coordinator")
    fill(browser, patient, ("V", "12"))
    silent = send(browser, at(patient), {"L1.mm": "13"})
    assert silent.status_code == 422
    assert "say why" in words(section(silent.text, "Baseline list") + silent.text)
    assert send(browser, at(patient), {"L1.mm": "13", "change_reason": "measured again"}).status_code == 303
    assert str(stored(registry, patient)["L1"].baseline_diameter_mm) == "13.0"


def test_a_row_that_says_nothing_new_is_not_written_again(browsers, patient, registry):
    fill(browsers("coordinator"), patient, ("V", "12"))
    assert send(browsers("coordinator"), at(patient), {}).status_code == 303
    assert stored(registry, patient)["L1"].version == 1


def test_a_lesion_entered_in_error_stays_readable_with_its_reason(browsers, patient):
    browser = browsers("coordinator")
    fill(browser, patient, ("V", "12"), ("VI", "9"))
    assert send(browser, at(patient), {"L2.void": "on", "change_reason": "a cyst"}).status_code == 303
    assert row(section(browser.get(at(patient)).text, "Ended lesions"), "L2").startswith("L2 entered in error")
    assert "a cyst" in browser.get(at(patient)).text


def test_what_somebody_else_saved_meanwhile_is_shown_and_nothing_typed_is_lost(browsers, patient, registry):
    browser, other = browsers("coordinator"), browsers("manager")
    fill(browser, patient, ("V", "12"))
    seen = form(browser.get(at(patient)).text, at(patient))
    assert send(other, at(patient), {"L1.mm": "14", "change_reason": "measured again"}).status_code == 303
    answer = browser.post(at(patient), data={**seen, "L1.mm": "13", "change_reason": "typing error"})
    assert answer.status_code == 412
    assert row(answer.text, "stored V 14.0")
    again = form(answer.text, at(patient))
    assert again["L1.mm"] == ["13"]
    assert browser.post(at(patient), data=again).status_code == 303
    assert str(stored(registry, patient)["L1"].baseline_diameter_mm) == "13.0"


def test_a_list_with_gaps_says_what_is_missing_in_place_of_the_lock(browsers, patient):
    fill(browsers("coordinator"), patient, ("V", ""))
    shown = section(browsers("radiologist").get(at(patient)).text, "Agree and lock")
    assert "L1 has no diameter" in words(shown)
    assert "password" not in shown


def test_only_who_may_lock_is_asked_for_the_password(browsers, patient):
    fill(browsers("coordinator"), patient, ("V", "12"))
    assert "Agree and lock" not in browsers("coordinator").get(at(patient)).text
    wrong = lock(browsers("radiologist"), patient, "not mine")
    assert wrong.status_code == 422
    assert "the password is wrong" in words(wrong.text)
    assert lock(browsers("radiologist"), patient).status_code == 303
    shown = words(section(browsers("monitor").get(at(patient)).text, "Agreement"))
    assert "Signed by Radiologist 佐藤" in shown
    assert "list unchanged since" in shown


def test_an_opened_list_says_that_its_signature_ended_and_why(browsers, patient):
    browser = browsers("manager")
    fill(browser, patient, ("V", "12"))
    lock(browser, patient)
    path = f"/patients/{patient.number}/baseline-list/unlock"
    sent = {**form(browser.get(at(patient)).text, path), "reason": "one was missed"}
    assert browser.post(path, data={**sent, "reason": ""}).status_code == 422
    assert browser.post(path, data=sent).status_code == 303
    assert re.search(r"that signature ended on \S+ \S+ UTC: one was missed", words(browser.get(at(patient)).text))


def test_events_are_told_by_form_and_drawn(browsers, patient, registry):
    browser = browsers("manager")
    fill(browser, patient, ("V", "12"), ("VI", "9"), ("II", "7"))
    lock(browser, patient)
    split = tell(browser, patient, "split", ended="L1", **{"new1.segment": "V", "new2.segment": "VIII"})
    assert split.status_code == 303, words(split.text)
    assert tell(browser, patient, "merge", ended=["L2", "L5"], **{"new1.segment": "VI"}).status_code == 303
    assert tell(browser, patient, "new", **{"new1.segment": "III"}).status_code == 303
    assert tell(browser, patient, "void", ended="L3").status_code == 303
    found = {label: (item.origin, item.state) for label, item in stored(registry, patient).items()}
    assert found == {
        "L1": ("baseline", "split"),
        "L2": ("baseline", "merged"),
        "L3": ("baseline", "void"),
        "L4": ("split", "active"),
        "L5": ("split", "merged"),
        "L6": ("merge", "active"),
        "L7": ("new", "active"),
    }
    shown = browser.get(at(patient)).text
    drawing = section(shown, "What came of which lesion")
    assert "L1 → L4, L5; L2, L5 → L6" in drawing
    assert drawing.count("<path") == 4
    assert "Split L1 → L4, L5 Pre-operative seen so" in words(section(shown, "Events"))
    assert "Manager 佐藤" in words(section(shown, "Events"))


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("split", {"ended": "L1", "new1.segment": "V"}, "choose a segment"),
        ("split", {"new1.segment": "V", "new2.segment": "V"}, "choose a lesion"),
        ("merge", {"ended": "L1", "new1.segment": "V"}, "2 to 12 lesions; found 1"),
        ("void", {"ended": "L1", "reason": " "}, "say why"),
        ("void", {"ended": "L1", "happened_on": "22/11/2026"}, "expected a day as YYYY-MM-DD"),
        ("void", {"ended": "L1", "happened_on": "2999-01-01"}, "in the future"),
        ("new", {"new1.segment": "V", "timepoint": ""}, "choose a timepoint"),
    ],
)
def test_an_event_with_a_fault_is_asked_again_beside_the_question(browsers, patient, registry, kind, changes, said):
    browser = browsers("manager")
    fill(browser, patient, ("V", "12"))
    lock(browser, patient)
    answer = tell(browser, patient, kind, **changes)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert list(stored(registry, patient)) == ["L1"]


def test_a_split_asks_for_one_more_part_without_complaining(browsers, patient):
    browser = browsers("manager")
    fill(browser, patient, ("V", "12"))
    lock(browser, patient)
    answer = tell(browser, patient, "split", ended="L1", act="rows", **{"new1.segment": "V"})
    assert answer.status_code == 200
    assert 'name="new3.segment"' in answer.text
    assert 'class="said error"' not in answer.text


def test_the_pages_carry_no_inline_style_or_script(browsers):
    for path in (f"/patients/{HERE}/lesions", f"/patients/{HERE}/lesions/L1"):
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", browsers("manager").get(path).text)

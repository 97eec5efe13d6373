"""What a lesion's results were before: kept with until when they held and what changed."""

import re

from tests.api.lesion_calls import lesion, path
from tests.pages.reading import section, words

NUMBER = "BE-02-0001"


def history(client, label):
    answer = client.get(f"/patients/{NUMBER}/lesions/{label}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    card = section(answer.text, "Outcome today")
    return [words(row) for row in re.findall(r"<tr>.*?</tr>", card, re.DOTALL)][1:]


def test_a_changed_form_supersedes_the_outcome_and_the_earlier_one_stays(browser):
    manager = browser("manager")
    at = path(manager, NUMBER)
    entries = manager.get(f"{at}/forms").json()["entries"]
    surgery = next(entry for entry in entries if entry["form"] == "surgery")
    label = next(iter(surgery["data"]["lesions"]))
    before = history(manager, label)
    assert lesion(manager, at, label)["state"] == "active"
    headers = {"If-Match": f'"{surgery["version"]}"', "X-Change-Reason": "a%20word%20was%20wrong"}
    body = {"data": surgery["data"] | {"procedure": "Another wording of the same operation"}}
    saved = manager.put(f"{at}/forms/surgery", json=body, headers=headers)
    assert saved.status_code == 200, saved.text
    after = history(manager, label)
    assert len(after) == len(before) + 1
    assert after[0].endswith(f"holds Surgery: version {surgery['version']} → {saved.json()['version']}")
    assert "holds" not in after[1]
    assert after[-1].endswith("first result")

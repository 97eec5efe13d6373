"""The reading workspace as a test sees it: hands on the page, numbers out of it."""

import math
from typing import Any

from playwright.sync_api import Page

from services.command.demo import PASSWORD

Point = tuple[float, float, float]

PIXELS = """([pane]) => {
  const canvas = document.querySelector(`[data-pane="${pane}"] canvas`)
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let bright = 0, sum = 0
  for (let at = 0; at < data.length; at += 4) { bright += data[at] > 16 ? 1 : 0; sum = (sum * 31 + data[at]) % 2147483647 }
  return { share: bright / (data.length / 4), digest: sum }
}"""
GREY = """([pane, x, y, radius]) => {
  const canvas = document.querySelector(`[data-pane="${pane}"] canvas`)
  const ratio = canvas.width / canvas.clientWidth, r = Math.max(1, Math.round(radius * ratio))
  const { data } = canvas.getContext('2d').getImageData(x * ratio - r, y * ratio - r, 2 * r + 1, 2 * r + 1)
  let sum = 0
  for (let at = 0; at < data.length; at += 4) sum += data[at]
  return sum / (data.length / 4)
}"""
CALM = """() => {
  const panes = window.casebook.panes()
  const now = JSON.stringify(panes)
  window.calm = now === window.before && !panes.some(({ busy }) => busy) ? window.calm + 1 : 0
  window.before = now
  return window.calm >= 3
}"""
RING = """([pane]) => {
  const ring = document.querySelector(`[data-pane="${pane}"] .ring:not(.ring-other) circle`)
  return ring && [Number(ring.getAttribute('cx')), Number(ring.getAttribute('cy')), Number(ring.getAttribute('r'))]
}"""


class Workspace:
    """One browser page; panes are counted from 1, as on the keyboard."""

    def __init__(self, page: Page, truth: dict[str, Any]) -> None:
        self.page = page
        self.patient = truth["patients"][0]

    def sign_in(self, login: str = "radiologist") -> None:
        answer = self.page.request.post("/api/v1/session", data={"login": login, "password": PASSWORD})
        assert answer.status == 204, answer.text()

    def open_first_case(self) -> None:
        """Go the reader's way: the worklist, then one click; English whatever the account speaks."""
        self.sign_in()
        self.page.add_init_script(
            "localStorage.getItem('casebook.language') ?? localStorage.setItem('casebook.language', 'en')"
        )
        self.page.goto("/viewer/")
        self.page.locator("tbody tr", has_text=self.patient["subject"]).first.click()
        self.wait_until_hung()

    def wait_until_hung(self) -> None:
        self.page.wait_for_function("() => window.casebook?.panes().every(({ imageId }) => imageId)")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is on its way and the panes have shown the same for three looks in a row."""
        self.page.evaluate("() => { window.calm = 0 }")
        self.page.wait_for_function(CALM, polling=80)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.settle()

    def panes(self) -> list[dict[str, Any]]:
        return self.page.evaluate("() => window.casebook.panes()")

    def pane(self, number: int) -> dict[str, Any]:
        return self.panes()[number - 1]

    def to_canvas(self, number: int, point: Point) -> tuple[float, float]:
        x, y = self.page.evaluate("([n, p]) => window.casebook.toCanvas(n, p)", [number - 1, list(point)])
        return x, y

    def to_world(self, number: int, x: float, y: float) -> Point:
        return tuple(self.page.evaluate("([n, p]) => window.casebook.toWorld(n, p)", [number - 1, [x, y]]))

    def ring(self, number: int) -> tuple[float, float, float] | None:
        """Centre and radius of the chosen lesion's ring in CSS pixels of the pane."""
        found = self.page.evaluate(RING, [number])
        return tuple(found) if found else None

    def pixels(self, number: int) -> dict[str, float]:
        """Share of the canvas brighter than black, and a digest of its grey values."""
        return self.page.evaluate(PIXELS, [number])

    def grey(self, number: int, x: float, y: float, radius: float) -> float:
        return self.page.evaluate(GREY, [number, x, y, radius])

    def drag(self, number: int, start: tuple[float, float], end: tuple[float, float]) -> None:
        box = self.page.locator(f'[data-pane="{number}"] .picture').bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + start[0], box["y"] + start[1])
        mouse.down()
        mouse.move(box["x"] + (start[0] + end[0]) / 2, box["y"] + (start[1] + end[1]) / 2)
        mouse.move(box["x"] + end[0], box["y"] + end[1])
        mouse.up()
        self.settle()

    def series_in_truth(self, timepoint: str, role: str) -> dict[str, Any]:
        exams = self.patient["timepoints"][timepoint]
        return next(one for exam in exams for one in exam["series"] if role in one["roles"])

    def lesion_in_truth(self, timepoint: str, role: str, label: str) -> Point:
        parts = self.series_in_truth(timepoint, role)["parts"]
        x, y, z = next(part for part in parts if part["role"] == role)["lesions"][label]["position_mm"]
        return x, y, z


def distance(a: Point, b: Point) -> float:
    return math.dist(a, b)

"""How fast the reading workspace shows a case: a real Chromium, drawing in software, before the running service.

    python benchmarks/viewer.py [--rounds 5] [--cases 20] [--full] [--data-dir FOLDER] [--url URL] [--json]

The service runs in a process of its own on the sample study (the first run takes it in: half a minute, with `--full`
some minutes), or is one that runs already (`--url`). Beside each figure stands what the same browser, on the same
machine, in the same minute does without what we do, or at best:

* first slice, all panes, whole case (every frame of the visit in memory): from the click on the worklist or on the
  next case, against the first visit of a browser that has nothing yet; the first visit against the same frames
  fetched and thrown away.
* slices a second: the four linked panes and one alone, against the frames a second that an empty page draws.
* memory: the page's JavaScript heap after a garbage collection and all of the browser's processes, case after case
  in one tab, by clicks on the next case.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rich.console import Console
from rich.table import Table
from serving import demonstration

from services.command.demonstration.people import PASSWORD

LOGIN = "manager"
WAIT_MS = 120_000
SCROLL_SECONDS = 4.0
FIRST_SLICE_GOAL_MS = 1000.0
GROWTH_GOAL = 1.5
"""The heap after the last case is at most this many times that after the fifth: it does not grow with each case."""
SETTLED_AFTER = 5
THINKING_MS = 3000
"""A reader looks at a worklist or a case before going on; the next case is fetched meanwhile."""
FIRST_VISIT = "first visit, by address"

NAMES = ("chromium", "chromium-browser", "google-chrome")
GRAPHICS = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
QUIET = ("--no-sandbox", "--no-first-run", "--disable-background-networking", "--enable-precise-memory-info")

WATCH = """() => {
  performance.setResourceTimingBufferSize(100000)
  window.watchCase = (start) => {
    const seen = window.seen = { first: null, all: null, whole: null }
    const since = () => performance.now() - start
    const look = () => {
      const panes = window.casebook?.panes() ?? []
      if (panes.some(({ imageId }) => imageId)) seen.first ??= since()
      if (panes.length > 0 && panes.every(({ imageId }) => imageId)) seen.all ??= since()
      if (seen.all === null) requestAnimationFrame(look)
      else void count()
    }
    const count = async () => {
      const { nLoaded, nFrames } = await window.casebook.loading()
      if (nLoaded === nFrames) seen.whole = since()
      else setTimeout(count, 20)
    }
    requestAnimationFrame(look)
  }
  window.watchCase(0)
}"""
CLICK = """(link) => { window.watchCase(performance.now()); link.click() }"""
SCROLL = """(seconds) => new Promise((done) => {
  const start = performance.now()
  const slice = () => { const [{ slice, busy }] = window.casebook.panes(); return busy ? null : slice }
  let by = 'ArrowDown', n = 0, from = null
  const press = () => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: by, code: by, bubbles: true }))
  const step = () => {
    const now = slice(), { nSlices } = window.casebook.panes()[0]
    if (now !== null && now !== from) {
      n += from === null ? 0 : 1
      from = now
      by = now >= nSlices ? 'ArrowUp' : now <= 1 ? 'ArrowDown' : by
      press()
    }
    const spent = (performance.now() - start) / 1000
    if (spent < seconds) requestAnimationFrame(step)
    else done(n / spent)
  }
  requestAnimationFrame(step)
})"""
IDLE = """(seconds) => new Promise((done) => {
  const start = performance.now()
  let n = 0
  const step = () => {
    n += 1
    const spent = (performance.now() - start) / 1000
    if (spent < seconds) requestAnimationFrame(step)
    else done(n / spent)
  }
  requestAnimationFrame(step)
})"""
FRAMES = """() =>
  performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/frames/'))"""
FETCH = """async ([addresses, parallel]) => {
  const start = performance.now(), left = [...addresses]
  const headers = { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' }
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      await (await fetch(next, { headers, cache: 'reload' })).arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return performance.now() - start
}"""
PARALLEL = 6


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a case, ms since the address was asked for."""

    first_ms: float
    all_ms: float
    whole_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """One figure with its unit, what it is measured against, and the goal where there is one."""

    figure: str
    value: float
    baseline: float
    unit: str
    against: str
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes after so many cases: JavaScript heap after a collection, and all processes of the browser."""

    n_cases: int
    heap_mb: float
    browser_mb: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium."""
    program = os.environ.get("CASEBOOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise SystemExit("No Chromium here: install one, or name it in CASEBOOK_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*GRAPHICS, *QUIET])
        yield browser
        browser.close()


@contextmanager
def reader(browser: Browser, url: str) -> Iterator[Page]:
    """A signed-in browser of its own, with nothing kept from another one."""
    context: BrowserContext = browser.new_context(viewport={"width": 1600, "height": 900}, base_url=url)
    context.set_default_timeout(WAIT_MS)
    signed_in = context.request.post("/api/v1/session", data={"login": LOGIN, "password": PASSWORD})
    if not signed_in.ok:
        raise SystemExit(f"{LOGIN} cannot sign in: {signed_in.status}")
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    yield page
    context.close()


def cases_of(page: Page) -> list[str]:
    """Addresses of the reader's cases, those with most images first."""
    rows = page.request.get("/api/v1/cases").json()["cases"]
    rows.sort(key=lambda row: row["timepoint"])
    return [f"/viewer/case/{row['case_id']}/{row['timepoint']}" for row in rows]


def opened(page: Page, address: str) -> Opening:
    """Open a case by its address and wait until all of it is there."""
    page.goto(address)
    return _whole(page)


def clicked(page: Page, link: str) -> Opening:
    """Open a case by a link of the page and wait until all of it is there."""
    page.locator(link).first.evaluate(CLICK)
    return _whole(page)


def _whole(page: Page) -> Opening:
    page.wait_for_function("() => window.seen?.whole", polling=100)
    seen = page.evaluate("() => window.seen")
    return Opening(seen["first"], seen["all"], seen["whole"])


def median_of(openings: list[Opening]) -> Opening:
    first, every, whole = (statistics.median(times) for times in zip(*map(_times, openings), strict=True))
    return Opening(first, every, whole)


def _times(opening: Opening) -> tuple[float, float, float]:
    return opening.first_ms, opening.all_ms, opening.whole_ms


def openings(browser: Browser, url: str, rounds: int) -> list[Result]:
    """A first visit, the same address again, a click on the worklist and one on the next case, in turns."""
    cold, again, listed, following, fetched = [], [], [], [], []
    for _ in range(rounds):
        with reader(browser, url) as page:
            address = cases_of(page)[0]
            cold.append(opened(page, address))
            fetched.append(page.evaluate(FETCH, [page.evaluate(FRAMES), PARALLEL]))
            again.append(opened(page, address))
            page.goto("/viewer/")
            page.wait_for_timeout(THINKING_MS)
            listed.append(clicked(page, "tbody a"))
            page.wait_for_timeout(THINKING_MS)
            following.append(clicked(page, ".footer a"))
    first, same, click, next_case = map(median_of, (cold, again, listed, following))
    goal = f"< {FIRST_SLICE_GOAL_MS:g}"
    return [
        Result("first slice, from the worklist", click.first_ms, first.first_ms, "ms", FIRST_VISIT, goal),
        Result("first slice, next case", next_case.first_ms, first.first_ms, "ms", FIRST_VISIT, goal),
        Result("first slice, by address", same.first_ms, first.first_ms, "ms", FIRST_VISIT),
        Result("all panes, from the worklist", click.all_ms, first.all_ms, "ms", FIRST_VISIT),
        Result("all panes, next case", next_case.all_ms, first.all_ms, "ms", FIRST_VISIT),
        Result("whole case, from the worklist", click.whole_ms, first.whole_ms, "ms", FIRST_VISIT),
        Result("whole case, first visit", first.whole_ms, statistics.median(fetched), "ms", "fetched, not decoded"),
    ]


def scrolling(browser: Browser, url: str) -> list[Result]:
    """Slices a second with all panes linked and with one alone."""
    with reader(browser, url) as page:
        opened(page, cases_of(page)[0])
        linked = page.evaluate(SCROLL, SCROLL_SECONDS)
        page.keyboard.press("Shift+Digit1")
        page.wait_for_timeout(500)
        alone = page.evaluate(SCROLL, SCROLL_SECONDS)
        page.goto("about:blank")
        idle = page.evaluate(IDLE, 1.0)
    return [
        Result("four linked panes", linked, idle, "slices/s", "frames of an empty page"),
        Result("one pane", alone, idle, "slices/s", "frames of an empty page"),
    ]


def memory(browser: Browser, url: str, n_cases: int) -> list[Memory]:
    """Memory after each of so many cases, opened in turn in one tab."""
    found = []
    with reader(browser, url) as page:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        opened(page, cases_of(page)[0])
        for number in range(1, n_cases + 1):
            if number > 1:
                clicked(page, ".footer a")
            session.send("HeapProfiler.collectGarbage")
            metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
            found.append(Memory(number, round(metrics["JSHeapUsedSize"] / 1e6, 1), round(browser_mb(browser), 1)))
    return found


def browser_mb(browser: Browser) -> float:
    """Memory of the browser's processes, shared pages counted once; NaN where the system does not tell."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    try:
        return sum(_pss_kb(int(process["id"])) for process in processes) / 1e3
    except OSError:
        return float("nan")


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def shown(results: list[Result], found: list[Memory]) -> None:
    """Print both tables."""
    table = Table("figure", "value", "baseline", "unit", "baseline is", "goal", title="Reading workspace")
    for one in results:
        table.add_row(one.figure, f"{one.value:,.0f}", f"{one.baseline:,.0f}", one.unit, one.against, one.goal)
    console = Console()
    console.print(table)
    kept = Table(
        "cases opened", "heap, MB", "browser, MB", title=f"Memory (goal: heap < {GROWTH_GOAL:g}x case {SETTLED_AFTER})"
    )
    for row in found:
        if row.n_cases in {1, SETTLED_AFTER, len(found)} or row.n_cases % SETTLED_AFTER == 0:
            kept.add_row(str(row.n_cases), f"{row.heap_mb:,.1f}", f"{row.browser_mb:,.0f}")
    console.print(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=20, help="cases opened in turn for the memory")
    parser.add_argument("--full", action="store_true", help="the sample study in full size")
    parser.add_argument("--data-dir", type=Path, help="default: var/benchmark, with --full var/demo")
    parser.add_argument("--url", help="a demonstration that runs already")
    parser.add_argument("--json", action="store_true", help="print figures for scripts")
    arguments = parser.parse_args()
    data_dir = arguments.data_dir or Path("var/demo" if arguments.full else "var/benchmark")
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(demonstration(data_dir, small=not arguments.full)).url
        browser = stack.enter_context(chromium())
        results = [*openings(browser, url, arguments.rounds), *scrolling(browser, url)]
        found = memory(browser, url, arguments.cases)
    if arguments.json:
        print(json.dumps({"results": [asdict(one) for one in results], "memory": [asdict(one) for one in found]}))
        return
    shown(results, found)


if __name__ == "__main__":
    main()

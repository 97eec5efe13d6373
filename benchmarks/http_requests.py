"""What requests of the running service cost: a viewer's and a worklist's, one keep-alive connection, one after another.

    python benchmarks/http_requests.py [--count 300] [--data-dir var/benchmark] [--json]

The service runs in a process of its own on the small sample study, which the first run takes in (about half a minute).
The time is what the client waits; the CPU time is the service's process alone, without the database's and the
client's, and is the figure to compare where the machine is busy.
"""

import argparse
import gzip
import http.client
import json
import os
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from serving import demonstration

from services.command.demonstration.people import PASSWORD

LOGIN = "radiologist"
TIMEPOINT = "preoperative"
MAX_COUNT = 5000
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Result:
    """One kind of request: median wait and CPU time in ms, and how many a second one after another."""

    request: str
    median_ms: float
    cpu_ms: float
    per_second: float


class Client:
    """A signed-in keep-alive connection, as light as the standard library has one."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        credentials = json.dumps({"login": LOGIN, "password": PASSWORD})
        self.connection.request("POST", "/api/v1/session", credentials, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        self.headers = {"Cookie": cookie, "Accept-Encoding": "gzip"}

    def get(self, path: str, accept: str = "application/json") -> bytes:
        """The body of a successful answer."""
        self.connection.request("GET", path, headers=self.headers | {"Accept": accept})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


def requests(client: Client) -> dict[str, tuple[str, str]]:
    """The requests by name: path and Accept."""
    row = next(row for row in json.loads(client.get("/api/v1/cases"))["cases"] if row["timepoint"] == TIMEPOINT)
    case_path = f"/api/v1/cases/{row['case_id']}/{row['timepoint']}"
    series = json.loads(client.get(case_path))["series"][0]
    study_path = f"/dicomweb/studies/{series['study_uid']}"
    series_path = f"{study_path}/series/{series['series_uid']}"
    instances = json.loads(client.get(f"{series_path}/instances"))
    sop_uid = instances[len(instances) // 2]["00080018"]["Value"][0]
    return {
        "frame": (
            f"{series_path}/instances/{sop_uid}/frames/1",
            'multipart/related; type="application/octet-stream"; transfer-syntax=*',
        ),
        "series metadata": (f"{series_path}/metadata", "application/dicom+json"),
        "series of a study (QIDO)": (f"{study_path}/series", "application/dicom+json"),
        "case": (case_path, "application/json"),
        "worklist": ("/api/v1/cases", "application/json"),
    }


def measured(client: Client, pid: int, name: str, path: str, accept: str, count: int) -> Result:
    """`count` requests after a warm-up."""
    for _ in range(min(WARM_UP, count)):
        client.get(path, accept)
    cpu_before, start = cpu_seconds(pid), time.perf_counter()
    waits = []
    for _ in range(count):
        asked = time.perf_counter()
        client.get(path, accept)
        waits.append(time.perf_counter() - asked)
    took, cpu = time.perf_counter() - start, cpu_seconds(pid) - cpu_before
    return Result(name, round(statistics.median(waits) * 1e3, 2), round(cpu / count * 1e3, 2), round(count / took, 1))


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used; NaN where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help=f"requests of each kind, at most {MAX_COUNT}")
    parser.add_argument("--data-dir", type=Path, default=Path("var/benchmark"))
    parser.add_argument("--json", action="store_true", help="print figures for scripts")
    arguments = parser.parse_args()
    count = min(max(arguments.count, 1), MAX_COUNT)
    with demonstration(arguments.data_dir, small=True) as served:
        client = Client(served.port)
        results = [measured(client, served.pid, name, *asked, count) for name, asked in requests(client).items()]
    if arguments.json:
        print(json.dumps([asdict(result) for result in results]))
        return
    table = Table("request", "median, ms", "CPU, ms", "requests/s", title=f"{count} requests of each kind")
    for result in results:
        table.add_row(result.request, *(f"{value:,}" for value in (result.median_ms, result.cpu_ms, result.per_second)))
    Console().print(table)


if __name__ == "__main__":
    main()

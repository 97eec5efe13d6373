"""Check that lock files pin everything by hash and name no download address."""

import json
import re
import sys
from pathlib import Path

PINNED = re.compile(r"^[a-zA-Z0-9][^\n]*?==[^\n\\]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
ADDRESS = re.compile(r"https?://|--(?:extra-)?index|--find-links")


def faults_of_requirements(path: Path) -> list[str]:
    """What is wrong with a requirements file."""
    text = path.read_text(encoding="utf-8")
    pins = PINNED.findall(text)
    named = re.findall(r"^[a-zA-Z0-9][^\n]*", text, re.MULTILINE)
    faults = [f"{path}: names an address"] if ADDRESS.search(text) else []
    if len(pins) != len(named):
        faults.append(f"{path}: {len(named) - len(pins)} requirements without a hash")
    return faults


def faults_of_npm(path: Path) -> list[str]:
    """What is wrong with an npm lock file."""
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    return [
        f"{path}: {name}: {what}"
        for name, package in packages.items()
        for what, bad in (
            ("names an address", "resolved" in package),
            ("has no integrity", bool(name) and not package.get("link") and "integrity" not in package),
        )
        if bad
    ]


def main() -> int:
    """Print the faults; 1 when there are some."""
    root = Path(__file__).resolve().parents[1]
    faults = [fault for path in sorted((root / "requirements").glob("*.txt")) for fault in faults_of_requirements(path)]
    for folder in (root / "viewer", root / "tests" / "ohif"):
        faults += faults_of_npm(folder / "package-lock.json")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

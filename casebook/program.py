"""Which program this is, to the byte: what is made by it can say so."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from casebook import __version__

DIGITS: Final = 12


@cache
def program_version() -> str:
    """Return the version with the beginning of the SHA-256 over the package's own source, such as 0.1.0+5d41402abc4b.

    Two machines with the same source say the same.
    """
    root, digest = Path(__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda one: one.relative_to(root).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return f"{__version__}+{digest.hexdigest()[:DIGITS]}"

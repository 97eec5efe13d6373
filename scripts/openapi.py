"""Write the OpenAPI document the viewer's types are made of, or check that the committed one is in step.

python scripts/openapi.py [--check] FILE
"""

import argparse
import json
import sys
from pathlib import Path

from services.command.serve import openapi_document


def main() -> int:
    """Write or compare; 1 when the committed document is behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    fresh = json.dumps(openapi_document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if not arguments.check:
        arguments.file.write_text(fresh, encoding="utf-8")
        return 0
    if arguments.file.read_text(encoding="utf-8") == fresh:
        return 0
    sys.stderr.write(
        f"{arguments.file} is not what the API says now; run: python scripts/openapi.py {arguments.file}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())

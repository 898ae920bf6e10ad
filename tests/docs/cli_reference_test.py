"""docs/reference/cli.md is what the help prints. PUDU_BLESS=1 writes it anew.

usage: cli_reference_test.py PUDU
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "site"))

from cli_reference import page  # noqa: E402  (the path comes first)


def main():
    document = ROOT / "docs" / "reference" / "cli.md"
    text = page(sys.argv[1])
    if os.environ.get("PUDU_BLESS"):
        document.write_text(text)
    if document.read_text() != text:
        sys.exit(f"{document} is not what the help prints; PUDU_BLESS=1 {' '.join(sys.argv)} writes it")


if __name__ == "__main__":
    main()

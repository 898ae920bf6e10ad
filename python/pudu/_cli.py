"""The `pudu` command of the package: the command line itself, from the extension module."""

from __future__ import annotations

import sys


def main() -> None:
    from . import _pudu

    sys.stdout.flush()
    sys.exit(_pudu.main(["pudu", *sys.argv[1:]]))

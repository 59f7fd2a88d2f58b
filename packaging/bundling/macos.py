"""What the recipe for macOS (macos/build.sh) needs of Python.

python -m bundling.macos icon FILE      write the program's icon as Apple has it
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bundling import icons
from bundling.icon_files import ICNS_SIZES, icns

_ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Do what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="bundling.macos", description="Parts of the recipe for macOS.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("icon").add_argument("file", type=Path)
    arguments = parser.parse_args()
    arguments.file.write_bytes(icns({size: icons.picture(_ROOT / "resources", size) for size in ICNS_SIZES}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the bundle runs: the program's own entry point, in the environment that the user started it with."""

from __future__ import annotations

import os
import sys

from harmony_desktop.__main__ import main
from harmony_desktop.frozen import give_back_environment


def run() -> int:
    """Run the program; tell of what went wrong in its own way, before the loader does it in its."""
    give_back_environment(os.environ)
    try:
        return main()
    except Exception:  # noqa: BLE001 - the program has put its own hook there, which takes whatever it is
        sys.excepthook(*sys.exc_info())
        return 1


sys.exit(run())

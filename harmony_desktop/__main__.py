"""Entry point: no subcommand opens the window, a subcommand runs headless."""

from __future__ import annotations

import gc
import sys

from harmony_desktop.cli.interrupts import leave_interrupts


def main() -> int:
    """Run the program; return its exit status."""
    leave_interrupts()
    # Most calls end before there is anything to collect; what they import would be gone through again and again.
    # Whatever lives for more than a moment turns it on.
    gc.disable()
    from harmony_desktop.bootstrap import main as run  # noqa: PLC0415 - imports stay lazy: a call pays for what it uses

    status = run(sys.argv[1:])
    if "PySide6" not in sys.modules:  # Qt is taken down in order; without a window there is nothing to take down
        from harmony_desktop.cli.ending import end  # noqa: PLC0415

        end(status)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Entry point: no subcommand opens the window, a subcommand runs headless."""

from __future__ import annotations

import gc
import sys

# ruff: noqa: PLC0415 - imports stay lazy: a call pays for what it uses


def main() -> int:
    """Run the program; return its exit status."""
    kept = None
    if any(not argument.startswith("-") for argument in sys.argv[1:]):  # a window is no short call
        from harmony_desktop.kept_code import install

        kept = install()
    from harmony_desktop.cli.interrupts import leave_interrupts

    leave_interrupts()
    # Most calls end before there is anything to collect; what they import would be gone through again and again.
    # Whatever lives for more than a moment turns it on.
    gc.disable()
    from harmony_desktop.late_modules import loaded_later

    # Imported by dataclasses and asyncio; by requests; by docker-py, shutil and zipfile.
    loaded_later("inspect", "idna", "mimetypes", "zipfile", "tarfile", "bz2", "lzma")
    from harmony_desktop.bootstrap import main as run

    status = run(sys.argv[1:])
    if kept is not None and status == 0 and not sys.dont_write_bytecode:
        import contextlib

        with contextlib.suppress(KeyboardInterrupt):  # what was asked for is done
            kept.keep()
    if "PySide6" not in sys.modules:  # Qt is taken down in order; without a window there is nothing to take down
        from harmony_desktop.cli.ending import end

        end(status)
    return status


if __name__ == "__main__":
    sys.exit(main())

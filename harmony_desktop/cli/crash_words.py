"""What is said of an unexpected error where there is no window to say it in. Pure."""

from __future__ import annotations

import traceback
from pathlib import Path


def crash_words(error: BaseException, log: Path, *, verbose: bool) -> str:
    """Return what stderr is told: plain and short, or with the traceback.

    Args:
        error: The error.
        log: The file that has the traceback in any case.
        verbose: Whether the caller wants to see it here.
    """
    lines = []
    if verbose:
        lines.append("".join(traceback.format_exception(error)).rstrip())
    said = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).strip()
    lines += ["Error: Something unexpected happened in Harmony itself.", said]
    where = f"The details are in {log}."
    if not verbose:
        where += " “--verbose” shows them here."
    lines += [where, "Your services are not affected. Please report it: “harmony-desktop doctor --bundle report.zip”."]
    return "\n".join(lines) + "\n"


def start_words(error: BaseException) -> tuple[str, str]:
    """Return title and text for a window that cannot be opened."""
    said = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).strip()
    if isinstance(error, ImportError):
        return (
            "Harmony cannot open its window",
            f"A part of its installation, or a library of the system that it needs, is missing or broken:\n{said}\n\n"
            "Install Harmony again. On Linux, a missing “lib….so” is a package of the distribution.",
        )
    return "Harmony has ended unexpectedly", f"{said}\n\nYour services are not affected. Open Harmony again."


def qt_words(reason: str) -> tuple[str, str]:
    """Return title and text for a Qt that gives up before there is a window."""
    first = reason.partition("\n")[0].strip()
    advice = (
        "Start it from within your desktop. From a terminal, DISPLAY or WAYLAND_DISPLAY must name a screen that can be "
        "reached, and QT_QPA_PLATFORM, where it is set, a platform that is there.\n"
        "Without a screen, the same can be done from the command line: see “harmony-desktop --help”."
    )
    return "Harmony cannot open its window", f"{first}\n\n{advice}"

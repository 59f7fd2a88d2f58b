"""The flags of the text generation service: it must answer from outside its container, on the ports that are asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.control.findings import Correction, Finding, Place, Replacement, Severity, line_and_column
from harmony_desktop.setup.linter_endpoints import TEXT
from harmony_desktop.setup.linter_network import container_ports
from harmony_desktop.stack.project import Service
from harmony_desktop.stack.words import say

#: The file's name in every layout of the stack.
FLAGS = "CMD_FLAGS.txt"
_FLAG = re.compile(r"^(?!\s*#).*?$", re.MULTILINE)
_WORD = re.compile(r"(?P<name>--[a-z][a-z0-9_-]*)(?:(?:[ \t]+|=)(?P<value>[^\s-]\S*))?")
_PAGE_PORT = 7860


def lint_flags(service: Service, path: Path, text: str) -> Iterator[Finding]:
    """Yield what is wrong with the flags.

    Args:
        service: The service that mounts them.
        path: Where they are.
        text: What they are.
    """
    given = {
        match["name"].replace("_", "-"): (match, line.start())
        for line in _FLAG.finditer(text)
        for match in _WORD.finditer(line[0])
    }
    ports = container_ports(service)
    if "--listen" not in given:
        yield _missing(
            path,
            text,
            "--listen",
            say("Without --listen {title} answers nobody outside its container.", title=service.title),
        )
    if "--api" not in given and "--public-api" not in given:
        yield _missing(
            path,
            text,
            "--api",
            say("Without --api {title} does not offer what Harmony Link calls.", title=service.title),
        )
    for name, usual in (("--api-port", TEXT.port), ("--listen-port", _PAGE_PORT)):
        if name not in given:
            continue
        match, start = given[name]
        value = match["value"] or ""
        if not value.isdigit() or not ports or int(value) in ports or usual not in ports:
            continue
        place = Place(path, text, start + match.start("value"), start + match.end("value"))
        yield place.finding(
            Severity.ERROR,
            say(
                "The compose files know {title} on port {usual}, not on {port}.",
                title=service.title,
                usual=usual,
                port=value,
            ),
            label=say("Write {value}", value=usual),
            instead=str(usual),
        )


def _missing(path: Path, text: str, flag: str, message: str) -> Finding:
    """Return a finding at the end of the file, with the flag as a line of its own behind it."""
    end = len(text)
    before = "" if not text or text.endswith("\n") else "\n"
    line, column = line_and_column(text, end)
    correction = Correction(say("Add {value}", value=flag), (Replacement(end, end, f"{before}{flag}\n"),))
    return Finding(path, line, column, Severity.ERROR, message, start=end, end=end, correction=correction, text=text)

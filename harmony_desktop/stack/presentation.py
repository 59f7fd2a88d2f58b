"""``x-harmony``: how a service is shown and watched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harmony_desktop.stack.check import Boolean, Number, Record, Seq, Text, check
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.project import Page, Presentation, Probe, Use
from harmony_desktop.stack.scalars import to_text
from harmony_desktop.stack.units import parse_size
from harmony_desktop.stack.values import Value

KEY = "x-harmony"

_PORT = Number(whole=True, least=1, most=65535)
_SHAPE = Record(
    {
        "title": Text(),
        "description": Text(),
        "memory": Text(),
        "pages": Seq(
            Record({"title": Text(), "port": _PORT, "path": Text()}, required=("title", "port"), extensions=False)
        ),
        "probes": Seq(
            Record(
                {
                    "port": _PORT,
                    "http": Text(),
                    "tcp": Boolean(),
                    "good": Seq(Number(whole=True, least=100, most=599)),
                    "finding": Text(),
                    "says": Text(),
                    "otherwise": Text(),
                    "required": Boolean(),
                },
                required=("port",),
                extensions=False,
            )
        ),
        "image_size": Text(),
        "uses": Seq(Record({"service": Text(), "for": Text()}, required=("service",), extensions=False)),
    },
    extensions=False,
)


def presentation(name: str, extension: Value) -> Presentation:
    """What ``x-harmony`` says of a service, or its prettified name when it says nothing.

    Raises:
        Fault: It has a key that is unknown, or a value of the wrong kind.
    """
    if extension is None:
        return Presentation(prettify(name))
    check(extension, _SHAPE)
    return Presentation(
        title=extension.get("title") or prettify(name),
        description=extension.get("description", ""),
        pages=tuple(
            Page(page["title"], int(page["port"]), page.get("path", "/")) for page in extension.get("pages", ())
        ),
        probes=tuple(_probe(probe, index) for index, probe in enumerate(extension.get("probes", ()))),
        memory=_memory(extension.get("memory", "")),
        uses=tuple(Use(use["service"], use.get("for", "")) for use in extension.get("uses", ())),
        image_size=_image_size(extension.get("image_size", "")),
    )


def _image_size(text: str) -> int:
    if not text:
        return 0
    try:
        return parse_size(text)
    except ValueError as error:
        raise Fault(str(error), ("image_size",)) from error


def _memory(text: str) -> int:
    try:
        return parse_size(text) if text else 0
    except ValueError as error:
        raise Fault("This is no amount of memory", ("memory",), cause=str(error)) from error


def _probe(probe: Mapping[str, Any], index: int) -> Probe:
    if ("http" in probe) == bool(probe.get("tcp")):
        raise Fault("A probe has either http, with a path, or tcp: true", ("probes", index))
    fields: dict[str, Any] = {key: probe[key] for key in ("finding", "says", "otherwise", "required") if key in probe}
    if "good" in probe:
        fields["good"] = tuple(int(status) for status in probe["good"])
    return Probe(int(probe["port"]), probe.get("http"), **fields)


def prettify(name: str) -> str:
    """A service's name as people would write it: ``speech-ui`` is "Speech Ui"."""
    words = [word for word in re.split(r"[-_\s]+", to_text(name)) if word]
    return " ".join(word[0].upper() + word[1:] for word in words) or name

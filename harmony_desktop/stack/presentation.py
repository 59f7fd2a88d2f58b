"""``x-harmony``: how a service is shown and watched."""

from __future__ import annotations

import re

from harmony_desktop.stack.check import Number, Record, Seq, Text, check
from harmony_desktop.stack.encode import Section
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.probing import SHAPE as PROBE
from harmony_desktop.stack.probing import probe
from harmony_desktop.stack.project import Gaming, Page, Presentation, Spec, Use
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
        "probes": Seq(PROBE),
        "image_size": Text(),
        "gaming": Text(),
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
        probes=tuple(probe(definition, index) for index, definition in enumerate(extension.get("probes", ()))),
        memory=_memory(extension.get("memory", "")),
        uses=tuple(Use(use["service"], use.get("for", "")) for use in extension.get("uses", ())),
        image_size=_image_size(extension.get("image_size", "")),
        gaming=_gaming(extension.get("gaming")),
    )


def is_said(spec: Spec) -> bool:
    """Whether the definition of a service says anything of how it is shown and watched."""
    return isinstance(spec, Section) and KEY in spec.extensions


def _gaming(text: str | None) -> Gaming | None:
    if text is None:
        return None
    try:
        return Gaming(text)
    except ValueError as error:
        known = ", ".join(Gaming)
        raise Fault("This is nothing that gaming mode can do", ("gaming",), cause=f"It is one of {known}.") from error


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


def prettify(name: str) -> str:
    """A service's name as people would write it: ``speech-ui`` is "Speech Ui"."""
    words = [word for word in re.split(r"[-_\s]+", to_text(name)) if word]
    return " ".join(word[0].upper() + word[1:] for word in words) or name

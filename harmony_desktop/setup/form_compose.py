"""Values of the form that stand in the compose files themselves: releases and ports for which there is no variable.

The files that ship have variables for all of them; those of a folder that was set up by hand mostly have not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harmony_desktop.control.config_files import Field, FieldKind, FieldRef
from harmony_desktop.setup.config_stack import StackFiles
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_edit import YamlEditError, read_plain
from harmony_desktop.stack.yaml_places import Key, YamlDocument, read

_USUAL = "latest"
#: A name without a digest; a colon before the last slash belongs to a registry's port.
_IMAGE = re.compile(r"(?P<image>(?:[^$@\s]*/)?[^$@\s:/]+)(?::(?P<tag>\w[\w.-]{0,127}))?", re.ASCII)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_PORT = re.compile(r"(?P<bind>(?:[\d.]+|\[[^\]\s]*\]):)?(?P<port>\d+)(?P<rest>:(?:\d+|\$\{[^}]*\})(?:/\w+)?)", re.ASCII)
_TARGET = re.compile(r":(\d+)")


def tag_fields(stack: StackFiles) -> Iterator[Field]:
    """Yield the release of each image that is written out."""
    found: dict[str, Field] = {}
    for path, document, name in _services(stack):
        match = _IMAGE.fullmatch(document.value("services", name, "image"))
        if match is not None and _part(document, ("services", name, "image"), match["image"]) is not None:
            ref = _ref(path, "services", name, "image")
            # The last file has the last word.
            found[name] = Field(ref, stack.title(name), match["tag"] or "", _USUAL, match["image"])
    yield from found.values()


def port_fields(stack: StackFiles) -> Iterator[Field]:
    """Yield each port of this computer that is written out."""
    for path, document, name in _services(stack):
        service = stack.known.services.get(name) if stack.known is not None else None
        pages = service.presentation.pages if service is not None else ()
        for index in range(document.size("services", name, "ports")):
            keys = ("services", name, "ports", index)
            match = _PORT.fullmatch(document.value(*keys))
            if match is None or _part(document, keys, match["port"]) is None:
                continue
            target = _TARGET.match(match["rest"])
            detail = next((page.title for page in pages if target is not None and page.port == int(target[1])), "")
            yield Field(_ref(path, *keys), stack.title(name), match["port"], match["port"], detail)


def edit(text: str, keys: Sequence[Key], value: str) -> str:
    """Return the text of a compose file with another release or port.

    Raises:
        YamlEditError: It cannot be done without touching more than that, or the value cannot be one.
    """
    document = read(text)
    before = document.value(*keys)
    after = _with_port(before, value) if "ports" in keys else _with_tag(before, value)
    part = _part(document, keys, before)
    if part is None:
        raise YamlEditError("it is written in several parts")
    changed = text[: part[0]] + after + text[part[1] :]
    wanted: Any = read_plain(text)
    found: Any = read_plain(changed)
    if _put(wanted, keys, after) != found:
        raise YamlEditError("more than this would change")
    return changed


def _with_tag(image: str, tag: str) -> str:
    match = _IMAGE.fullmatch(image)
    if match is None or (tag and not _TAG.fullmatch(tag)):
        raise YamlEditError(say("“{tag}” cannot be the name of a release", tag=tag))
    return f"{match['image']}:{tag}" if tag else match["image"]


def _with_port(port: str, number: str) -> str:
    match = _PORT.fullmatch(port)
    if match is None or not (number.isascii() and number.isdigit()):
        raise YamlEditError(say("a port is a number from 1 to 65535"))
    return f"{match['bind'] or ''}{number}{match['rest']}"


def _services(stack: StackFiles) -> Iterator[tuple[Path, YamlDocument, str]]:
    """Yield file, document and name of each service of the files that count now; not of the other hardware choice."""
    project = stack.known
    for path in dict.fromkeys(project.sources or project.files) if project is not None else ():
        try:
            document = read(stack.text(path) or "")
            names = read_plain(document.text).get("services")
        except YamlEditError:
            continue
        for name in names if isinstance(names, dict) else ():
            if project is not None and name in project.services:
                yield path, document, name


def _ref(path: Path, *keys: Key) -> FieldRef:
    return FieldRef(path, FieldKind.COMPOSE, json.dumps(keys))


def _part(document: YamlDocument, keys: Sequence[Key], value: str) -> tuple[int, int] | None:
    """Return where the beginning of a value stands, or another part of it; None where it is not written as it reads."""
    scalar, above = document.scalar(*keys), document.node(*keys[:-1])
    if scalar is None or above is None or not above.start_mark.index <= scalar.start < above.end_mark.index:
        return None  # an alias stands for what is written elsewhere
    written = document.text[scalar.start : scalar.end]
    place = written.find(value)
    if scalar.value not in written or place < 0:
        return None
    return scalar.start + place, scalar.start + place + len(value)


def _put(mapping: Any, keys: Sequence[Key], value: str) -> Any:  # noqa: ANN401 - whatever stands in a file
    """Return what was read, with one value in the place of another."""
    below = mapping
    for key in keys[:-1]:
        below = below[key]
    below[keys[-1]] = value
    return mapping

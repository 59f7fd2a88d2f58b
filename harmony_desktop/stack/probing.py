"""``x-harmony.probes``: the questions that tell whether a service is ready."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harmony_desktop.stack.check import Boolean, Number, Record, Seq, Text
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.project import Probe, Service

_PATH = Text(
    pattern=re.compile(r"\A/[\x21-\x7e]*\Z"),
    says="It begins with a slash and has no spaces; write others in percent encoding.",
)
_STATUS = Number(whole=True, least=100, most=599)
_STATUSES = Text(
    pattern=re.compile(r"\A[1-5]\d\d-[1-5]\d\d\Z"),
    says="A range of HTTP statuses is written like 200-299.",
)

SHAPE = Record(
    {
        "port": Number(whole=True, least=1, most=65535),
        "http": _PATH,
        "tcp": Boolean(),
        "websocket": _PATH,
        "good": Seq((_STATUS, _STATUSES)),
        "needs": Text(),
        "finding": Text(),
        "says": Text(),
        "otherwise": Text(),
        "required": Boolean(),
        "seconds": Number(least=0.1, most=60),
    },
    required=("port",),
    extensions=False,
)

#: Keys that only an HTTP answer can have, with what they are about.
_HTTP_ONLY = ("good", "needs", "finding", "says", "otherwise")


def probe(definition: Mapping[str, Any], index: int) -> Probe:
    """Return one probe.

    Args:
        definition: What was written, of the right shape.
        index: Its place in the list.

    Raises:
        Fault: Its keys contradict each other.
    """
    place = ("probes", index)
    kinds = [kind for kind in ("http", "tcp", "websocket") if definition.get(kind, False) is not False]
    if len(kinds) != 1:
        raise Fault(
            "A probe has either http, with a path, or websocket, with a path, or tcp: true",
            place,
            advice="Write one probe for each question.",
        )
    for key in _HTTP_ONLY:
        if key in definition and kinds != ["http"]:
            raise Fault(f"{key} needs an answer to HTTP", (*place, key), advice="Use http with a path.")
    if "says" in definition and not definition.get("finding"):
        raise Fault("says tells a finding, but there is none", (*place, "says"), advice="Name a key as finding.")
    fields: dict[str, Any] = {
        key: definition[key] for key in ("needs", "finding", "says", "otherwise", "required") if key in definition
    }
    if "good" in definition:
        fields["good"] = _statuses(definition["good"], (*place, "good"))
    if "seconds" in definition:
        fields["seconds"] = float(definition["seconds"])
    path = definition.get("http", definition.get("websocket"))
    return Probe(int(definition["port"]), path, websocket=kinds == ["websocket"], **fields)


def _statuses(written: list[Any], place: tuple[str | int, ...]) -> tuple[int, ...]:
    """Return the statuses of numbers and ranges."""
    found: dict[int, None] = {}
    for index, item in enumerate(written):
        first, _, last = str(int(item) if isinstance(item, float) else item).partition("-")
        low, high = int(first), int(last or first)
        if high < low:
            raise Fault(f"{item} is a range without statuses", (*place, index), advice=f"Write {high}-{low}.")
        found.update(dict.fromkeys(range(low, high + 1)))
    return tuple(found)


def unanswerable(service: Service) -> tuple[int, ...]:
    """Return the places of those probes whose ports nobody outside the container can reach."""
    if service.network_mode == "host":
        return ()
    published = {port.target for port in service.ports if port.protocol == "tcp"}
    return tuple(i for i, asked in enumerate(service.presentation.probes) if asked.port not in published)

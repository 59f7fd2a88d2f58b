"""The short form of ports: ``80``, ``8080:80``, ``127.0.0.1:8000-8002:80-82/udp``."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from harmony_desktop.stack.faults import Fault

_PROTOCOLS = ("tcp", "udp", "sctp")
_LAST = 65535
_FORMS = "Write it as 8080:80, 127.0.0.1:8080:80, 8000-8002:80-82 or 53:53/udp."


def parse_port(spec: str) -> list[dict[str, Any]]:
    """The long forms of a port's short form; a range has many.

    Raises:
        Fault: It is malformed, or its ranges do not fit.
    """
    address, host, container, protocol = _split(spec)
    first, last = _range(container, spec)
    if first == 0:
        raise Fault(f"A container has no port 0, but {spec!r} asks for it", advice=_FORMS)
    low, high = _range(host, spec) if host else (0, 0)
    if host and last - first != high - low and first != last:
        raise Fault(
            f"The ranges of {spec!r} are not equally long", cause=f"{host} is the host's, {container} the container's."
        )
    ports = []
    for offset in range(last - first + 1):
        port: dict[str, Any] = {"mode": "ingress", "target": first + offset, "protocol": protocol}
        if address:
            port["host_ip"] = address
        if host:
            port["published"] = f"{low}-{high}" if first == last and low != high else str(low + offset)
        ports.append(port)
    # As text: that is the order in which the official tool prints a range.
    return sorted(ports, key=lambda port: f"{port['target']}/{protocol}")


def _split(spec: str) -> tuple[str, str, str, str]:
    """Address, host port, container port and protocol; the first two may be empty."""
    *before, container = spec.split(":")
    host = before.pop() if before else ""
    address = ":".join(before)
    container, _, protocol = container.partition("/")
    protocol = (protocol.split("/")[0] or "tcp").lower()
    if protocol not in _PROTOCOLS:
        raise Fault(f"{protocol!r} is no protocol", cause=f"The port reads {spec!r}.", advice="Use tcp, udp or sctp.")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    if address and not is_address(address):
        raise Fault(f"{address!r} is not an IP address", cause=f"The port reads {spec!r}.", advice=_FORMS)
    return address, host, container, protocol


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _range(text: str, spec: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text, re.ASCII)
    if not match:
        raise Fault(f"{spec!r} is not a port", advice=_FORMS)
    first = int(match[1])
    last = int(match[2] or match[1])
    if first > last or last > _LAST:
        raise Fault(f"{text} is not a range of ports", cause=f"The port reads {spec!r}.", advice=_FORMS)
    return first, last

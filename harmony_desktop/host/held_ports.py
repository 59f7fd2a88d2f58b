"""Which ports are held, and by whom.

Trying to bind is the only question that also finds ports which the system reserves; the list of listeners then names
the process, where this user may see it (``listeners``, which loads psutil: not for ports that are free).
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Collection, Mapping

from harmony_desktop.control.port_records import Binding, PortHolder
from harmony_desktop.host.reserved_ports import airplay, excluded_ranges, who_tells

_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_HELD = frozenset({errno.EADDRINUSE, errno.EACCES})


def held_ports(bindings: Collection[Binding]) -> Mapping[Binding, PortHolder]:
    """Return those of the bindings that could not be made now, with their holders.

    Only TCP and UDP are tried; an address that is none of this machine's is nobody's to hold.
    """
    refused = {binding: fault for binding in dict.fromkeys(bindings) if (fault := _bind_fault(binding))}
    if not refused:
        return {}
    from harmony_desktop.host.listeners import listeners  # noqa: PLC0415 - seldom

    found_listeners = list(listeners())
    excluded = {protocol: excluded_ranges(protocol) for protocol in {b.protocol for b in refused}}
    held = {}
    for binding, fault in refused.items():
        found = [(pid, name) for other, pid, name in found_listeners if binding.meets(*other)]
        pid, process = max(found, key=lambda item: bool(item[1]), default=(None, ""))
        reserved = not found and (
            fault == errno.EACCES or any(binding.port in ports for ports in excluded[binding.protocol])
        )
        advice = "" if process or reserved else who_tells(binding.port, binding.protocol, sys.platform)
        held[binding] = airplay(binding.port, PortHolder(process, pid, reserved, advice), sys.platform)
    return held


def _bind_fault(binding: Binding) -> int:
    """Return the error number that keeps the port from being bound, or 0."""
    # The engine publishes on both families where no address is said.
    addresses = [binding.address] if binding.address else ["0.0.0.0", "::"]  # noqa: S104 - what was asked for
    kind = _KINDS.get(binding.protocol)
    if kind is None:
        return 0
    return next((fault for address in addresses if (fault := _try(address, binding.port, kind))), 0)


def _try(address: str, port: int, kind: socket.SocketKind) -> int:
    v6 = ":" in address
    try:
        probe = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind)
    except OSError:
        return 0  # a machine without this family
    with probe:
        if v6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux" and kind is socket.SOCK_STREAM:
            # Connections that linger after a service has ended do not hinder the engine either.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            # Ports below 1024 are closed to this user on Linux, though not to the engine.
            return errno.EACCES if sys.platform == "win32" else 0
        except OSError as error:
            return error.errno if error.errno in _HELD else 0
    return 0

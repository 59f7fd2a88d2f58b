"""Where the ports of an engine's containers are reached."""

from __future__ import annotations

from urllib.parse import urlsplit

#: The host of containers on this machine.
LOCAL_ADDRESS = "127.0.0.1"


def engine_host(address: str) -> str:
    """Return the host on which a container's published ports are reached, from the engine's address."""
    parts = urlsplit(address)
    remote = parts.scheme in {"tcp", "http", "https", "ssh"}
    return parts.hostname or LOCAL_ADDRESS if remote else LOCAL_ADDRESS

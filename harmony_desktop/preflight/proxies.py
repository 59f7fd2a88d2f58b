"""Whether proxies reach where they are used: by the engine for images, and by the services."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, never listened on


class Proxies:
    """Proxies of this computer, of the engine, and in the services' environment."""

    id = "engine.proxies"
    title = say("Proxies")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell of a proxy that the engine does not know, and of those that lead into the container itself."""
        found = [*_of_engine(world), *_of_client(world), *_of_services(world)]
        if not found:
            return ok(self, say("Nothing speaks against them."))
        causes, advice = zip(*found, strict=True)
        return hint(self, lines(causes), lines(dict.fromkeys(advice)))


def _of_engine(world: World) -> Iterator[tuple[str, str]]:
    """Tell of a proxy of this computer that the engine does not know."""
    here = next((world.environ[name] for name in _NAMES if world.environ.get(name)), "")
    if here and world.info is not None and not world.info.proxies:
        yield (
            say("This computer uses a proxy ({host}), and the Docker engine uses none.", host=_host(here)),
            say("If images cannot be fetched, give Docker the proxy: https://docs.docker.com/engine/daemon/proxy/"),
        )


def _of_client(world: World) -> Iterator[tuple[str, str]]:
    """Tell of proxies that every container gets, and that lead into it."""
    if any(_host(address) in _LOCAL for address in world.client_proxies):
        yield (
            say("Docker’s settings (config.json in ~/.docker) give containers a proxy that leads to themselves."),
            say("Write host.docker.internal, or this computer’s address, in the place of localhost."),
        )


def _of_services(world: World) -> Iterator[tuple[str, str]]:
    services = world.project.services.values() if world.project else ()
    for service in services:
        for name, value in (service.spec.get("environment") or {}).items():
            if name.upper() not in {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} or _host(str(value or "")) not in _LOCAL:
                continue
            yield (
                say("{service}: {name} leads to the container itself.", service=service.title, name=name),
                say("Write host.docker.internal, or this computer’s address, in the place of localhost."),
            )


def _host(address: str) -> str:
    """Return the host of a proxy, never its user or password."""
    text = address if "//" in address else f"//{address}"
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""

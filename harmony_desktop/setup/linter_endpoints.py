"""Judges one endpoint: an address that a service's configuration names. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from harmony_desktop.control.findings import Severity
from harmony_desktop.records import dataclass
from harmony_desktop.setup.linter_network import Neighbours, container_ports, published_ports
from harmony_desktop.stack.project import Service
from harmony_desktop.stack.words import say

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_THIS_COMPUTER = frozenset({"host.docker.internal", "gateway.docker.internal", "docker.for.mac.localhost"})


@dataclass(frozen=True, slots=True)
class Role:
    """What an endpoint is there for.

    Attributes:
        port: The port of the container that offers it, in this stack.
        path: What stands behind the port.
    """

    port: int
    path: str


TEXT = Role(5000, "/v1")
SPEECH = Role(12080, "")
_ROLES = (TEXT, SPEECH)

#: The modules of the stack whose settings have an endpoint; nothing is known of others.
ROLES: dict[tuple[str, str], Role] = {
    ("backend", "oobabooga"): TEXT,
    ("backend", "openai"): TEXT,
    ("countenance", "harmony"): TEXT,
    ("movement", "harmony"): TEXT,
    ("stt", "harmony"): SPEECH,
    ("tts", "harmony"): SPEECH,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of an endpoint.

    Attributes:
        severity: How bad it is; None where there is nothing to say.
        messages: What is wrong.
        right: What it should be; "" where nobody can tell.
        target: The service that it leads to, or should lead to; None for one outside the stack.
    """

    severity: Severity | None = None
    messages: tuple[str, ...] = ()
    right: str = ""
    target: Service | None = None


def is_loopback(host: str) -> bool:
    """Return whether a host is whoever asks."""
    return host in {"localhost", "0.0.0.0", "::1", "::"} or host.startswith("127.") or host.endswith(".localhost")  # noqa: S104 - names, nothing is bound


def split(text: str) -> SplitResult | None:
    """Return the parts of an address, or None for what is none."""
    try:
        found = urlsplit(text)
        found.port  # noqa: B018 - raises for what is no number
    except ValueError:
        return None
    return found if found.hostname else None


def judge(text: str, role: Role, near: Neighbours) -> Verdict:
    """Return what is to be said of an endpoint of a module that is known."""
    return _Judge(text, role, near).verdict()


class _Judge:
    """One endpoint while it is looked at."""

    def __init__(self, text: str, role: Role, near: Neighbours) -> None:
        self._text = text
        self._role = role
        self._near = near
        self._messages: list[str] = []
        self._severity = Severity.HINT

    def verdict(self) -> Verdict:
        near, text = self._near, self._text.strip()
        if not near.plain and not near.on_host:
            return Verdict()  # on somebody else's network: nothing is known of it
        if not text:
            self._say(Severity.ERROR, say("No address stands here, though its module is in use."))
            return self._ended(self._usual(), None)
        if "://" not in text:
            self._say(Severity.ERROR, say("The address does not begin with http://."))
            text = f"http://{text.lstrip('/')}"
        parts = split(text)
        if parts is None:
            self._messages.clear()
            self._say(Severity.ERROR, say("This cannot be read as an address."))
            return self._ended(self._usual(), None)
        if text != self._text and not self._messages:
            self._say(Severity.WARNING, say("Blanks stand around the address."))
        return self._from_host(parts, text) if near.on_host else self._from_network(parts, text)

    def _from_host(self, parts: SplitResult, text: str) -> Verdict:
        """Judge for a service with the network of the computer: it knows no names, and uses published ports."""
        target = self._near.project.services.get(parts.hostname or "")
        if target is None:
            return self._ended(None, None, text)
        backwards = {inside: outside for outside, inside in published_ports(target).items()}
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)
        self._say(
            Severity.ERROR,
            say(
                "{caller} has the network of this computer, where {host} is unknown.",
                caller=self._near.caller.title,
                host=parts.hostname,
            ),
        )
        if port in backwards:
            return Verdict(
                self._severity, tuple(self._messages), f"http://127.0.0.1:{backwards[port]}{parts.path}", target
            )
        return self._ended(None, target)

    def _from_network(self, parts: SplitResult, text: str) -> Verdict:
        near = self._near
        host = parts.hostname or ""
        target = near.named(host)
        if is_loopback(host):
            target = self._meant(parts)
            self._say(
                Severity.ERROR,
                say(
                    "{host} is the container of {caller} itself. Other services are reached by their names.",
                    host=host,
                    caller=near.caller.title,
                ),
            )
        elif target is near.caller:
            target = self._meant(parts)
            self._say(Severity.ERROR, say("{host} is {caller} itself.", host=host, caller=near.caller.title))
        elif target is None:
            if near.knows(host):
                return self._ended(None, None, text)
            if host in _THIS_COMPUTER:
                return self._around(parts)
            apart = near.elsewhere(host)
            if apart is not None:
                self._say(
                    Severity.ERROR,
                    say("{host} and {caller} share no network.", host=host, caller=near.caller.title),
                )
                return self._ended(None, apart)
            if host in near.project.disabled:
                self._say(Severity.ERROR, say("The service {host} is left out: its profile is not active.", host=host))
                return self._ended(None, None)
            if "." in host or ":" in host:
                return self._ended(None, None, text)  # somewhere else in the world
            target = near.closest(host) or self._meant(parts)
            self._say(Severity.ERROR, say("There is no service {host} in the stack.", host=host))
        if target is None:
            return self._ended(None, None)
        return self._at(target, parts)

    def _around(self, parts: SplitResult) -> Verdict:
        """Judge the way around by the computer: it works with Docker Desktop alone."""
        target = self._meant(parts) if parts.port in self._published() else None
        self._say(
            Severity.HINT,
            say("{host} is this computer; on Linux the name is unknown in containers.", host=parts.hostname),
        )
        return self._ended(None, None) if target is None else self._at(target, parts)

    def _at(self, target: Service, parts: SplitResult) -> Verdict:
        """Judge scheme, port and path at a service of the stack."""
        if parts.scheme != "http":
            self._say(
                Severity.ERROR,
                say("Services of the stack talk http among themselves, not {scheme}.", scheme=parts.scheme),
            )
        given = parts.port or _DEFAULT_PORTS.get(parts.scheme, 80)
        misled = self._other(target)
        if misled is not None:
            self._say(
                Severity.ERROR,
                say("{title} does not offer this; {other} does.", title=target.title, other=misled.title),
            )
            target, port = misled, self._role.port
        else:
            port = self._port(target, given)
        path = self._path(parts.path)
        if not self._messages:
            return Verdict(target=target)
        host = parts.hostname if self._near.named(parts.hostname or "") is target else target.name
        credentials = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        query = f"?{parts.query}" if parts.query else ""
        return self._ended(f"http://{credentials}{host}:{port}{path}{query}" if port else None, target)

    def _port(self, target: Service, given: int) -> int:
        """Return the port that is right; 0 where nobody can tell."""
        ports, outside = container_ports(target), published_ports(target)
        offered = self._role.port in ports
        if given == self._role.port and (offered or not ports):
            return given
        if given in ports and not offered:
            return given
        values = {"port": given, "title": target.title}
        if given in ports:
            self._say(
                Severity.ERROR,
                say("Port {port} of {title} is not the one of its API, which is {api}.", api=self._role.port, **values),
            )
            return self._role.port
        if given in outside:
            inside = self._role.port if offered else outside[given]
            self._say(
                Severity.ERROR,
                say(
                    "{port} is a port of this computer. Among the services {title} listens on {inside}.",
                    inside=inside,
                    **values,
                ),
            )
            return inside
        if not ports:
            return given
        self._say(
            Severity.ERROR if offered else Severity.WARNING, say("{title} does not listen on port {port}.", **values)
        )
        return self._role.port if offered else ports[0] if len(ports) == 1 else 0

    def _path(self, path: str) -> str:
        """Return the path that is right."""
        bare = path.rstrip("/")
        if self._role.path:
            wanted = self._role.path
            if not bare:
                self._say(Severity.ERROR, say("The path {path} is missing behind the port.", path=wanted))
                return wanted
            if bare != wanted and bare.startswith(f"{wanted}/"):
                self._say(
                    Severity.ERROR, say("The path ends with {path}: the rest is added by the caller.", path=wanted)
                )
                return wanted
        elif bare == "/v1" or bare.startswith("/v1/"):
            self._say(Severity.ERROR, say("The path {path} is added by the caller.", path=path))
            return ""
        if bare != path:
            self._say(Severity.WARNING, say("The slash at the end doubles the one that follows."))
        return bare

    def _other(self, target: Service) -> Service | None:
        """Return who offers what is wanted, where the endpoint leads to a service that is there for something else."""
        ports = container_ports(target)
        if self._role.port in ports or not any(role.port in ports for role in _ROLES):
            return None
        return self._offering()

    def _offering(self) -> Service | None:
        """Return the one service that offers what is wanted, or None."""
        found = self._near.listening(self._role.port)
        return found[0] if len(found) == 1 else None

    def _published(self) -> set[int]:
        return {port for service in self._near.reachable for port in published_ports(service)}

    def _meant(self, parts: SplitResult) -> Service | None:
        """Return the service that somebody meant who wrote another host, by the port that they wrote."""
        if parts.port:
            found = self._near.publishing(parts.port) or self._near.listening(parts.port)
            if len(found) == 1:
                return found[0]
        return self._offering()

    def _usual(self) -> str | None:
        offering = self._offering()
        return f"http://{offering.name}:{self._role.port}{self._role.path}" if offering else None

    def _say(self, severity: Severity, message: str) -> None:
        self._messages.append(message)
        self._severity = min(self._severity, severity)

    def _ended(self, right: str | None, target: Service | None, kept: str = "") -> Verdict:
        if not self._messages:
            return Verdict(target=target)
        return Verdict(self._severity, tuple(self._messages), right or kept, target)

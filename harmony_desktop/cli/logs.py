"""``logs``: the services' logs, as ``docker compose logs`` prints them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
from collections.abc import Collection, Iterable
from dataclasses import field
from datetime import UTC, datetime

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import Session, add_services, operate
from harmony_desktop.control.alive import while_alive
from harmony_desktop.control.log_position import LogPosition
from harmony_desktop.control.ports import LogChunk, NotFoundError
from harmony_desktop.plan.observed import Container, ContainerState
from harmony_desktop.plan.order import require_services
from harmony_desktop.records import dataclass

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
#: Seconds before a log that ended under a running container is taken up again.
_PAUSE = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    add_services(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("-n", "--tail", type=_tail, metavar="N", help="only the last N lines of each container")
    parser.add_argument("--since", type=since, default=0, metavar="TIME", help="a time (2026-01-31T12:00) or 10m, 2h")
    parser.add_argument("-t", "--timestamps", action="store_true", help="with the time of each line (UTC)")
    parser.add_argument("--no-color", action="store_true", help="without colours")
    parser.add_argument("--no-log-prefix", action="store_true", help="without the container's name")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print the logs."""
    async with operate(arguments, environment) as session:
        names = require_services(session.project, arguments.services)
        await _Printer(arguments, environment, session, names).run()
    return 0


@dataclass(slots=True)
class _Printer:
    arguments: argparse.Namespace
    environment: Environment
    session: Session
    names: Collection[str]
    _width: int = 0
    _colours: dict[str, int] = field(default_factory=dict)
    _positions: dict[str, LogPosition] = field(default_factory=dict)

    async def run(self) -> None:
        containers = await self._containers()
        self._width = max((len(self._label(c)) for c in containers), default=0)
        if not self.arguments.follow:
            for container in containers:
                await self._print(container, follow=False)
            return
        try:
            await while_alive(self.session.engine, self.environment.clock, self._follow_all(containers))
        except BaseExceptionGroup as group:
            # The first fault tells it; the others have the same cause.
            raise group.exceptions[0] from group

    async def _follow_all(self, containers: list[Container]) -> None:
        """Follow these containers and those that come, for ever."""
        async with asyncio.TaskGroup() as group:
            known: set[str] = set()
            while True:
                async with contextlib.aclosing(self.session.engine.events(0)) as events:
                    self._follow_new(group, known, containers)
                    async for event in events:
                        if event.type == "container" and event.action == "start" and event.id not in known:
                            self._follow_new(group, known, await self._containers())
                # The end of a stream proves nothing: whether the engine has gone shows at the next question.
                await self.environment.clock.sleep(_PAUSE)
                await self.session.engine.ping()
                containers = await self._containers()

    async def _containers(self) -> list[Container]:
        observed = await self.session.engine.observe(self.session.project.name)
        mine = [c for c in observed.containers if c.service in self.names and not c.oneoff]
        return sorted(mine, key=lambda c: (c.service, c.number))

    def _follow_new(self, group: asyncio.TaskGroup, known: set[str], containers: Iterable[Container]) -> None:
        for container in containers:
            if container.id not in known:
                known.add(container.id)
                group.create_task(self._follow(container))

    async def _follow(self, container: Container) -> None:
        """Follow through restarts; returns when the container is gone."""
        unfinished: LogChunk | None = None
        while True:
            try:
                unfinished = await self._print(container, follow=True)
                now = await self.session.engine.inspect(container.id)
            except NotFoundError:
                self._write(container, unfinished)
                return
            if now.state is ContainerState.EXITED:
                self._write(container, unfinished)
            # It ended, or the connection did: the next reading begins behind the last line.
            await self.environment.clock.sleep(_PAUSE)

    async def _print(self, container: Container, *, follow: bool) -> LogChunk | None:
        """Print on from the last line; return what had no line end yet when the stream ended."""
        position = self._positions.setdefault(container.id, LogPosition())
        resumed_at = position.resume()
        stream = self.session.engine.logs(
            container.id,
            since_ns=resumed_at or self.arguments.since,
            tail=None if resumed_at else self.arguments.tail,
            follow=follow,
        )
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                if chunk.unfinished and follow:
                    return chunk
                self._write(container, chunk)
                if follow:
                    self.environment.out.flush()
        return None

    def _write(self, container: Container, chunk: LogChunk | None) -> None:
        lines = self._positions[container.id].take(chunk) if chunk is not None else ()
        prefix, write = self._prefix(container), self.environment.out.write
        if self.arguments.timestamps:
            write("".join(f"{prefix}{_stamp(ns)} {text}\n" for ns, text in lines))
        else:
            write("".join(f"{prefix}{text}\n" for _, text in lines))

    def _label(self, container: Container) -> str:
        service = self.session.project.services[container.service]
        return service.container_name or f"{container.service}-{container.number}"

    def _prefix(self, container: Container) -> str:
        if self.arguments.no_log_prefix:
            return ""
        text = f"{self._label(container).ljust(self._width)}  | "
        if self.arguments.no_color or not self.environment.out.isatty():
            return text
        colour = self._colours.setdefault(container.service, _COLOURS[len(self._colours) % len(_COLOURS)])
        return f"\033[{colour}m{text}\033[0m"


def since(text: str) -> int:
    """Return nanoseconds since the epoch for a time, a number of seconds, or how long ago ("1h30m")."""
    pieces = re.findall(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)", text)
    if pieces and "".join(number + unit for number, unit in pieces) == text:
        ago = sum(float(number) * _UNITS[unit] for number, unit in pieces)
        return max(0, int((datetime.now(UTC).timestamp() - ago) * 1e9))
    try:
        # A time without an offset is the user's own, as in docker compose.
        return _within_range(_seconds(text))
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"“{text}” is neither a time nor a duration such as 10m or 2h") from None


def _seconds(text: str) -> float:
    """Return seconds since the epoch, written as such or as a time. Raises ValueError, OverflowError."""
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def _within_range(seconds: float) -> int:
    """Return nanoseconds that the engine can count with. Raises ValueError, OverflowError."""
    nanoseconds = int(seconds * 1e9)
    if nanoseconds >= 1 << 63:
        raise OverflowError(seconds)
    return max(0, nanoseconds)


def _tail(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"“{text}” is neither a number nor “all”")
    return int(text)


def _stamp(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"

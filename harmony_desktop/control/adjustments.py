"""What a person may adjust about one service: limits, restart policy, number of containers. Rules and records. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project, Service
from harmony_desktop.stack.units import parse_size
from harmony_desktop.stack.words import say

#: What the engine takes at least (``linuxMinMemory`` of its sources), and the finest share of a core.
LEAST_MEMORY = 6 * 1024**2
LEAST_CPUS = 0.01
RESTART_POLICIES = ("no", "on-failure", "unless-stopped", "always")
_RESTART = re.compile(r"no|always|unless-stopped|on-failure(?::\d{1,4})?")
_UNITS = (("g", 1024**3), ("m", 1024**2), ("k", 1024))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is adjusted of one service; None leaves it to the compose files.

    Attributes:
        memory: At most so many bytes; 0 is no limit.
        cpus: At most so many cores; 0 is no limit.
        restart: "no", "always", "unless-stopped", "on-failure" or "on-failure:5".
        scale: So many containers.
    """

    memory: int | None = None
    cpus: float | None = None
    restart: str | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class EngineSize:
    """What the engine has to give: cores, and memory in bytes; 0 where it is not known."""

    cpus: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file; None is a file that is not there."""

    path: Path
    before: bytes | None
    after: bytes | None

    def diff(self, root: Path) -> str:
        """Return the change as a unified diff, with paths from a folder."""
        import difflib  # noqa: PLC0415 - for a preview alone

        name = self.path.relative_to(root).as_posix() if self.path.is_relative_to(root) else str(self.path)
        old, new = (_lines(content) for content in (self.before, self.after))
        gone = "/dev/null"
        return "".join(
            difflib.unified_diff(
                old, new, gone if self.before is None else name, gone if self.after is None else name, n=2
            )
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What an adjustment will do, before it is done.

    Attributes:
        root: The stack's folder.
        service: The service.
        changes: Files that change, none where all is so already.
        effects: What comes of it at the next start, for people.
        warnings: What speaks against it.
    """

    root: Path
    service: str
    changes: tuple[FileChange, ...] = ()
    effects: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def diff(self) -> str:
        """The changes of all files as one unified diff."""
        return "".join(change.diff(self.root) for change in self.changes)


class Adjuster(Protocol):
    """Reads and writes adjustments. The calls run in a thread."""

    def current(self, project: Project, service: str) -> Adjustment:
        """Return what is adjusted of a service now. Raises HarmonyError."""
        ...

    def base(self, project: Project, service: str) -> Adjustment:
        """Return what the compose files say of a service without adjustments. Raises HarmonyError."""
        ...

    def preview(self, project: Project, service: str, wanted: Adjustment) -> Preview:
        """Return what adjusting a service would do. Raises HarmonyError where it cannot be done."""
        ...

    def apply(self, preview: Preview) -> None:
        """Do it. Raises HarmonyError, also when the files have changed since the preview."""
        ...


def check(project: Project, service: str, wanted: Adjustment, size: EngineSize) -> tuple[str, ...]:
    """Return what speaks against an adjustment.

    Args:
        project: The project.
        service: The service.
        wanted: The adjustment.
        size: What the engine has.

    Raises:
        HarmonyError: It cannot work; says why.
    """
    found = project.services.get(service)
    if found is None:
        raise HarmonyError(
            say("There is no service “{service}”", service=service),
            advice=say("There are: {what}.", what=", ".join(project.services) or "none"),
        )
    _check_scale(found, wanted.scale)
    if wanted.restart is not None and not _RESTART.fullmatch(wanted.restart):
        raise HarmonyError(
            say("“{restart}” is not a restart policy", restart=wanted.restart),
            advice="There are: no, on-failure, on-failure:5 (at most five times), unless-stopped, always.",
        )
    return (*_check_memory(found, wanted.memory, size), *_check_cpus(wanted.cpus, size))


def parse_memory(text: str) -> int:
    """Return the bytes of "4g", "800m" or "0". Raises HarmonyError."""
    try:
        return parse_size(text.strip())
    except ValueError as error:
        raise HarmonyError(
            say("“{text}” is not an amount of memory", text=text), advice="Write it as 800m or 6g; 0 is no limit."
        ) from error


def parse_cpus(text: str) -> float:
    """Return the cores of "1.5". Raises HarmonyError."""
    if not re.fullmatch(r"\d{1,5}(\.\d{0,3})?|\.\d{1,3}", text.strip(), re.ASCII):
        raise HarmonyError(
            say("“{text}” is not a number of cores", text=text), advice="Write it as 2 or 1.5; 0 is no limit."
        )
    return float(text)


def memory_text(count: int) -> str:
    """Return an amount of memory as compose files have it: the largest unit that tells it exactly."""
    return next((f"{count // unit}{sign}" for sign, unit in _UNITS if count and count % unit == 0), str(count))


def _check_memory(service: Service, memory: int | None, size: EngineSize) -> tuple[str, ...]:
    if not memory:
        if memory is not None and memory < 0:
            raise AssertionError(memory)
        return ()
    if memory < LEAST_MEMORY:
        raise HarmonyError(
            say("{memory} of memory are too little", memory=memory_text(memory)),
            cause="Docker starts no container with less than 6m.",
            advice="Write it as 800m or 6g; 0 is no limit.",
        )
    warnings = []
    needed = service.presentation.memory
    if memory < needed:
        warnings.append(
            say(
                "{service} needs {needed} at least, and its models on top: with {memory} it will be ended for want "
                "of memory.",
                service=service.title,
                needed=memory_text(needed),
                memory=memory_text(memory),
            )
        )
    reserved = (service.spec.get("deploy") or {}).get("resources", {}).get("reservations", {}).get("memory")
    reserved = int(reserved or service.spec.get("mem_reservation") or 0)
    if memory < reserved:
        raise HarmonyError(
            say("{memory} of memory are less than what is reserved", memory=memory_text(memory)),
            cause=say(
                "The compose files reserve {reserved} for {service}.",
                reserved=memory_text(reserved),
                service=service.title,
            ),
            advice="Choose more, or lower the reservation in the compose file.",
        )
    if size.memory and memory > size.memory:
        warnings.append(
            say(
                "Docker has {memory:.1f} GiB of memory in all: this limit limits nothing.", memory=size.memory / 1024**3
            )
        )
    return tuple(warnings)


def _check_cpus(cpus: float | None, size: EngineSize) -> tuple[str, ...]:
    if not cpus:
        return ()
    if cpus < LEAST_CPUS:
        raise HarmonyError(
            say("{cpus:g} cores are too few", cpus=cpus),
            advice=say("Docker takes {least_cpus} at least; 0 is no limit.", least_cpus=LEAST_CPUS),
        )
    if size.cpus and cpus > size.cpus:
        raise HarmonyError(
            say("There are no {cpus:g} cores", cpus=cpus),
            cause=say("Docker has {cpus}, and starts no container that may use more.", cpus=size.cpus),
            advice=say("Choose {cpus} at the most; 0 is no limit.", cpus=size.cpus),
        )
    return (say("With less than half a core it may be too slow to become ready."),) if cpus < 0.5 else ()


def single_reason(service: Service) -> str:
    """Return why a service can run once only, or ""."""
    return _single(service)[0]


def _single(service: Service) -> tuple[str, str]:
    """Return why a service can run once only, and what in the compose file makes it so; else two empty texts."""
    fixed = list(dict.fromkeys(str(port.published) for port in service.ports if port.published))
    if service.network_mode == "host":
        return say(
            "It is on the network of this computer, where its containers want the same ports."
        ), "network_mode: host"
    if service.container_name:
        name = service.container_name
        return say(
            "The compose files call its container “{name}”, and only one can have that name.", name=name
        ), "container_name"
    if fixed:
        ports = ", ".join(fixed)
        reason = say(
            "It is published on port {ports} of this computer, and only one container can have a port.", ports=ports
        )
        return reason, say("the port of this computer")
    return "", ""


def _check_scale(service: Service, scale: int | None) -> None:
    if scale is None or scale == 1:
        return
    title = say("{service} cannot run {scale} times", service=service.title, scale=scale)
    if scale < 1:
        raise HarmonyError(title, advice="One container is the least; a service that shall not run is stopped instead.")
    reason, what = _single(service)
    if reason:
        raise HarmonyError(
            title, cause=reason, advice=say("Take {what} out of the compose file, or run it once.", what=what)
        )


def effects(before: Project, after: Project) -> tuple[str, ...]:
    """Return what the next start will make of it, for people."""
    found = []
    old: Mapping[str, Service] = before.services
    for name, service in after.services.items():
        if name not in old:
            continue
        if service.config_hash != old[name].config_hash:
            found.append(say("{service} will be made anew.", service=service.title))
        if service.scale != old[name].scale:
            times = "once" if service.scale == 1 else say("{scale} times", scale=service.scale)
            found.append(say("{service} will run {times}.", service=service.title, times=times))
    return tuple(found)


def _lines(content: bytes | None) -> list[str]:
    lines = (content or b"").decode("utf-8", "replace").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return [line.replace("\r\n", "\n") for line in lines]

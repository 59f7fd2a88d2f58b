"""What a project asks of the machine, in plain words: for files that are not ours, before their first start."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from harmony_desktop.records import dataclass
from harmony_desktop.stack.mounts import clean, is_windows_absolute
from harmony_desktop.stack.project import MountType, Port, Project, Service

_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "docker_engine")
_NAMESPACES = {
    "network_mode": "network: it reaches every port of this computer, those on 127.0.0.1 too",
    "pid": "process list: it sees and can end every program",
    "ipc": "shared memory of all programs",
    "uts": "host name",
    "userns_mode": "user IDs: root in the container is root here",
    "cgroup": "control groups",
}


class Weight(enum.IntEnum):
    """How much a demand matters."""

    FULL_CONTROL = 0
    SERIOUS = 1
    NOTABLE = 2


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that a service, or the project, asks for.

    Attributes:
        service: The service, or "" for the project as a whole.
        weight: How much it matters.
        text: What it asks for and what that means.
    """

    service: str
    weight: Weight
    text: str

    def __str__(self) -> str:
        return f"{self.service or 'the project'}: {self.text}"


def review(project: Project) -> tuple[Demand, ...]:
    """All that is out of the ordinary, the gravest first."""
    found: list[Demand] = []
    for service in project.services.values():
        for part in _PARTS:
            found += [Demand(service.name, weight, text) for weight, text in part(service, project)]
    found += [Demand("", weight, text) for weight, text in _resources(project)]
    return tuple(sorted(found, key=lambda demand: (demand.weight, demand.service)))


_Found = Iterator[tuple[Weight, str]]


def _privileges(service: Service, _project: Project) -> _Found:
    spec = service.spec
    if spec.get("privileged"):
        yield Weight.FULL_CONTROL, "runs privileged: it can do anything on this computer, as an administrator"
    for capability in spec.get("cap_add", ()):
        every = capability.upper() in ("ALL", "CAP_ALL", "SYS_ADMIN", "CAP_SYS_ADMIN")
        yield Weight.FULL_CONTROL if every else Weight.SERIOUS, f"asks for the capability {capability}"
    for option in spec.get("security_opt", ()):
        name, _, value = option.replace("=", ":", 1).partition(":")
        if value == "unconfined" or (name, value) == ("label", "disable"):
            yield Weight.SERIOUS, f"switches off a protection: {option}"
    if spec.get("user", "").split(":")[0] in ("0", "root"):
        yield Weight.NOTABLE, "runs as root inside its container"
    for name in spec.get("sysctls", {}):
        yield Weight.NOTABLE, f"changes the kernel's setting {name}"


def _namespaces(service: Service, _project: Project) -> _Found:
    for key, meaning in _NAMESPACES.items():
        mode = str(service.spec.get(key, ""))
        if mode == "host":
            yield Weight.SERIOUS, f"shares this computer's {meaning}"
        elif mode.startswith("container:"):
            yield Weight.SERIOUS, f"joins a container outside the project: {mode.removeprefix('container:')} ({key})"
    for item in service.spec.get("volumes_from", ()):
        if item.startswith("container:"):
            yield Weight.SERIOUS, f"takes the volumes of a container outside the project: {item}"


def _mounts(service: Service, project: Project) -> _Found:
    for mount in service.mounts:
        if mount.type is MountType.NPIPE or any(name in mount.source for name in _SOCKETS):
            yield Weight.FULL_CONTROL, f"controls Docker itself, and with it this computer, by {mount.source}"
        elif mount.type is MountType.BIND and not _is_inside(mount.source, project.working_dir):
            access = "reads" if mount.read_only else "reads and writes"
            root = clean(mount.source) in ("/", "//") or PureWindowsPath(mount.source).drive == mount.source.rstrip(
                "\\/"
            )
            where = "the whole disk" if root and mount.source else f"{mount.source}, outside the project's folder"
            yield Weight.FULL_CONTROL if root else Weight.SERIOUS, f"{access} {where}"


def _is_inside(path: str, folder: Path) -> bool:
    if is_windows_absolute(path):
        return PureWindowsPath(path).is_relative_to(PureWindowsPath(str(folder)))
    return PurePosixPath(clean(path)).is_relative_to(PurePosixPath(folder.as_posix()))


def _devices(service: Service, _project: Project) -> _Found:
    for device in service.spec.get("devices", ()):
        yield Weight.SERIOUS, f"uses the device {device.get('source', '')}"
    for rule in service.spec.get("device_cgroup_rules", ()):
        yield Weight.SERIOUS, f"may use devices by the rule {rule!r}"
    for request in service.gpus:
        what = "graphics cards" if {"gpu", "nvidia"} & set(request.capabilities) else ", ".join(request.capabilities)
        names = ", ".join(request.device_ids)
        which = f": {names}" if names else "" if request.count < 0 else f": {request.count}"
        yield Weight.NOTABLE, f"uses {what}{which}"


def _ports(service: Service, _project: Project) -> _Found:
    for port in service.ports:
        if _is_open(port):
            where = "every network of this computer" if _is_any(port.host_ip) else port.host_ip
            number = port.published if port.published is not None else "a port that the engine chooses"
            yield Weight.SERIOUS, f"opens port {number} ({port.protocol}) to {where}, for other computers to reach"


def _is_any(address: str) -> bool:
    return not address or ipaddress.ip_address(address).is_unspecified


def _is_open(port: Port) -> bool:
    return _is_any(port.host_ip) or not ipaddress.ip_address(port.host_ip).is_loopback


_PARTS: tuple[Callable[[Service, Project], _Found], ...] = (_privileges, _namespaces, _mounts, _devices, _ports)


def _resources(project: Project) -> _Found:
    for volume in project.volumes.values():
        options = volume.spec.get("driver_opts", {})
        device = str(options.get("device", ""))
        if "bind" in str(options.get("o", "")).split(",") and not _is_inside(device, project.working_dir):
            yield Weight.SERIOUS, f"the volume {volume.key} is {device}, outside the project's folder"
        if volume.external:
            yield Weight.NOTABLE, f"uses the volume {volume.name}, which belongs to something else"
    for network in project.networks.values():
        if network.external:
            yield Weight.NOTABLE, f"joins the network {network.name}, which belongs to something else"
    for section in ("secrets", "configs"):
        for name, entry in project.spec.get(section, {}).items():
            file = entry.get("file", "")
            if file and not _is_inside(file, project.working_dir):
                yield Weight.SERIOUS, f"the {section.removesuffix('s')} {name} is read from {file}, outside the folder"

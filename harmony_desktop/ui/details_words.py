"""What the details of a service say: facts of its image, containers, ports and folders. Pure functions."""

from __future__ import annotations

from datetime import datetime

from harmony_desktop.control.service_look import ContainerFacts, ServiceLook
from harmony_desktop.control.state import ServiceState
from harmony_desktop.stack.project import MountType
from harmony_desktop.ui.details_parts import Line
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.wording import clock, day, size

_SHORT = 12  # characters of a digest that people compare


def image_lines(look: ServiceLook) -> list[Line]:
    """Return what there is to tell of the image."""
    if not look.reference:
        return []
    lines = [Line(tr("Name"), look.reference, copy=look.reference)]
    image = look.image
    if image is None:
        missing = tr("It is not on this computer yet: a start fetches it.")
        word = tr("Asking Docker…") if look.looking else told(look.fault) or missing
        return [*lines, Line(tr("Here"), word)]
    digest = image.digest or image.id
    name = tr("Digest") if image.digest else tr("ID")
    algorithm, _, number = digest.rpartition(":")
    lines.append(Line(name, f"{algorithm}:{number[:_SHORT]}…" if algorithm else digest, copy=digest))
    if image.created is not None:
        lines.append(Line(tr("Made on"), day(image.created.astimezone())))
    lines.append(Line(tr("Size"), size(image.size)))
    return lines


def container_lines(look: ServiceLook, now: datetime) -> list[Line]:
    """Return what there is to tell of the containers."""
    lines = []
    for container in look.containers:
        lines.append(Line(tr("Name"), container.name, copy=container.name))
        lines.append(Line(tr("State"), _state(container)))
        if container.started_at is not None:
            lines.append(Line(tr("Started"), clock(container.started_at, now)))
        lines.append(Line(tr("Restarts"), _restarts(container.restarts)))
        if container.memory_limit:
            lines.append(Line(tr("Memory"), tr("{size} at most", size=size(container.memory_limit))))
    return lines


def port_lines(service: ServiceState) -> list[Line]:
    """Return where the service can be reached, or will be."""
    published = {
        (port.host_ip, port.host_port, port.target, port.protocol)
        for container in service.containers
        for port in container.ports
    }
    lines = []
    for host, port, target, protocol in sorted(published):
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        inside = tr("{port}/{protocol} in the container", port=target, protocol=protocol)
        lines.append(Line(f":{port}", f"{address} → {inside}", copy=address))
    if not lines:
        lines = [Line(f":{port}", tr("once it runs")) for port in service.declared_ports]
    return lines


def mount_lines(look: ServiceLook) -> list[Line]:
    """Return what the containers see of the disks."""
    lines = []
    for mount in look.mounts:
        access = tr("{path} (read only)", path=mount.target) if mount.read_only else mount.target
        if mount.kind is MountType.BIND:
            text = tr("{folder} as {path}", folder=mount.source, path=access)
            lines.append(Line(tr("Folder"), text, copy=mount.source, folder=mount.source if mount.here else ""))
        elif mount.kind is MountType.VOLUME:
            named = tr("{folder} as {path}", folder=mount.source, path=access) if mount.source else access
            lines.append(Line(tr("Volume"), named, copy=mount.source))
        elif mount.kind is MountType.TMPFS:
            lines.append(Line(tr("Memory"), access))
        else:
            lines.append(Line(tr("Other"), f"{mount.source} {access}".strip()))
    return lines


def _state(container: ContainerFacts) -> str:
    # The engine's own words, as its own tools show them.
    return f"{container.state} ({container.health})" if container.health else container.state


def _restarts(count: int) -> str:
    return trn("Docker has restarted it once", "Docker has restarted it {n} times", count) if count else tr("none")

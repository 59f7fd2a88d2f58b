"""What a container mounts: volumes, binds, secrets and configs. Pure.

A plain bind or named volume is sent in the short form, ``SOURCE:TARGET:MODE``; the engine makes a missing source of
such a bind, as a directory. What the short form cannot say goes the long way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harmony_desktop.control.ports import EngineError
from harmony_desktop.engine.create_values import compact, size
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, Service
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.engine.create import Inherited

Json = dict[str, Any]

_SECRETS = "/run/secrets/"
_CONFIGS = "/"
_RECURSIVE = {
    "disabled": "NonRecursive",
    "writable": "ReadOnlyNonRecursive",
    "readonly": "ReadOnlyForceRecursive",
}


def of_service(project: Project, service: Service, inherited: Sequence[Inherited]) -> tuple[list[str], list[Json]]:
    """Return the short and the long mounts of a service's container.

    Args:
        project: The project.
        service: The service.
        inherited: Mounts of the container that is replaced: its anonymous volumes go on living in the new one.
    """
    binds: list[str] = []
    mounts: dict[str, Json] = {}
    declared = list(service.spec.get("volumes") or ())
    anonymous = {item["target"] for item in declared if not item.get("source") and item["type"] != "tmpfs"}
    for item in inherited:
        if item.declared or item.target in anonymous:
            mounts[item.target] = compact(
                {
                    "Type": item.type,
                    "Source": item.source,
                    "Target": item.target,
                    "ReadOnly": item.read_only or None,
                }
            )
    for item in declared:
        target = item["target"]
        if target in mounts and not item.get("source"):
            continue
        mounts.pop(target, None)
        if _is_plain(item):
            binds.append(_short(project, item))
        else:
            mounts[target] = _long(project, item)
    taken = {item["target"] for item in declared} | set(mounts)
    for mount in _files(project, service):
        if mount["Target"] not in taken:
            taken.add(mount["Target"])
            mounts[mount["Target"]] = mount
    return binds, list(mounts.values())


def _is_plain(item: Mapping[str, Any]) -> bool:
    """Whether the short form can say all of it."""
    options = item.get(item["type"]) or {}
    if item["type"] == "bind":
        return options.get("create_host_path", True) and "propagation" not in options and "recursive" not in options
    if item["type"] == "volume":
        return bool(item.get("source")) and not options
    return False


def _source(project: Project, item: Mapping[str, Any]) -> str | None:
    source: str | None = item.get("source")
    if item["type"] == "volume" and source and source in project.volumes:
        return project.volumes[source].name
    return source


def _short(project: Project, item: Mapping[str, Any]) -> str:
    mode = "ro" if item.get("read_only") else "rw"
    selinux = (item.get("bind") or {}).get("selinux")
    return ":".join((_source(project, item) or "", item["target"], f"{mode},{selinux}" if selinux else mode))


def _long(project: Project, item: Mapping[str, Any]) -> Json:
    kind = item["type"]
    return compact(
        {
            "Type": kind,
            "Source": _source(project, item),
            "Target": item["target"],
            "ReadOnly": True if item.get("read_only") else None,
            "Consistency": item.get("consistency"),
            "BindOptions": _bind_options(item["bind"]) if kind == "bind" and "bind" in item else None,
            "VolumeOptions": _volume_options(item["volume"]) if kind == "volume" and "volume" in item else None,
            "TmpfsOptions": _tmpfs_options(item["tmpfs"]) if kind == "tmpfs" and "tmpfs" in item else None,
            "ImageOptions": _image_options(item["image"]) if kind == "image" and "image" in item else None,
        }
    )


def _bind_options(options: Mapping[str, Any]) -> Json:
    recursive = _RECURSIVE.get(options.get("recursive", ""))
    return compact(
        {
            "Propagation": options.get("propagation"),
            "CreateMountpoint": True if options.get("create_host_path", True) else None,
        }
    ) | ({recursive: True} if recursive else {})


def _volume_options(options: Mapping[str, Any]) -> Json:
    return compact(
        {
            "NoCopy": True if options.get("nocopy") else None,
            "Subpath": options.get("subpath"),
            "Labels": options.get("labels"),
        }
    )


def _tmpfs_options(options: Mapping[str, Any]) -> Json:
    return compact(
        {
            "SizeBytes": size(options["size"]) if "size" in options else None,
            "Mode": int(options["mode"]) if "mode" in options else None,
        }
    )


def _image_options(options: Mapping[str, Any]) -> Json:
    return compact({"Subpath": options.get("subpath")})


@dataclass(frozen=True, slots=True)
class Copy:
    """A secret or config whose content is copied into the container before it starts."""

    target: str
    content: str
    mode: int = 0o444
    uid: int = 0
    gid: int = 0
    owned: bool = False
    """Whether an owner was asked for."""


def copies(project: Project, service: Service, environment: Mapping[str, str]) -> list[Copy]:
    """Return the secrets and configs that come from a text or a variable.

    Args:
        project: The project.
        service: The service.
        environment: The variables.

    Raises:
        EngineError: A variable is not set, or the container cannot be written to.
    """
    found: list[Copy] = []
    for kind, base in (("secrets", _SECRETS), ("configs", _CONFIGS)):
        for reference in service.spec.get(kind) or ():
            source = reference["source"]
            defined = _definition(project, kind, source)
            content = _content(defined, f"{kind.removesuffix('s')} {source}", environment)
            if not content:
                continue
            if service.spec.get("read_only"):
                raise EngineError(
                    say(
                        "The {kind} {source} cannot be put into {service}",
                        kind=kind.removesuffix("s"),
                        source=source,
                        service=service.name,
                    ),
                    cause="The service is read-only: only files can be mounted into it.",
                    advice="Keep the content in a file and name it with file:.",
                )
            found.append(
                Copy(
                    target=_target(reference, base),
                    content=content,
                    mode=int(str(reference["mode"]), 8) if "mode" in reference else 0o444,
                    uid=int(reference.get("uid") or 0),
                    gid=int(reference.get("gid") or 0),
                    owned=bool(reference.get("uid") or reference.get("gid")),
                )
            )
    return found


def _content(defined: Mapping[str, Any], what: str, environment: Mapping[str, str]) -> str:
    if defined.get("content"):
        return str(defined["content"])
    variable = defined.get("environment")
    if not variable:
        return ""
    if variable not in environment:
        raise EngineError(
            say("The {what} cannot be made", what=what),
            cause=say("The environment variable {variable} is not set.", variable=variable),
            advice=say("Set {variable} in the environment or in the project's .env file.", variable=variable),
        )
    return environment[variable]


def _files(project: Project, service: Service) -> list[Json]:
    """Return the secrets and configs that are files of the host; others are copied in (``copies``)."""
    found: list[Json] = []
    for kind, base in (("secrets", _SECRETS), ("configs", _CONFIGS)):
        for reference in service.spec.get(kind) or ():
            defined = _definition(project, kind, reference["source"])
            if "file" not in defined:
                continue
            mount: Json = {
                "Type": "bind",
                "Source": defined["file"],
                "Target": _target(reference, base),
                "ReadOnly": True,
            }
            # A secret that is missing is an error of the engine; a config would become a directory, as officially.
            found.append(mount | {"BindOptions": {}} if kind == "secrets" else mount)
    return found


def _definition(project: Project, kind: str, key: str) -> Mapping[str, Any]:
    defined: Mapping[str, Any] = (project.spec.get(kind) or {}).get(key) or {}
    if defined.get("external"):
        raise EngineError(
            say("The external {kind} {key} cannot be used", kind=kind.removesuffix("s"), key=key),
            cause="Only a Docker swarm keeps such objects.",
            advice="Give it a file, an environment variable or a content.",
        )
    return defined


def _target(reference: Mapping[str, Any], base: str) -> str:
    target = str(reference.get("target") or reference["source"])
    return target if is_absolute(target) else base + target


def is_absolute(path: str) -> bool:
    """Whether a path within a container is absolute, in the way of Unix or of Windows."""
    return path.startswith(("/", "\\\\")) or (len(path) > 2 and path[1] == ":" and path[2] == "\\")

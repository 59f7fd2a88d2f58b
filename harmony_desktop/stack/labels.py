"""Names, labels and hashes: by these, Docker Compose and this program know each other's containers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harmony_desktop.stack.project import Network, Project, Service, Volume
from harmony_desktop.stack.scalars import number_text
from harmony_desktop.stack.values import Value

PREFIX = "com.docker.compose."
PROJECT = PREFIX + "project"
SERVICE = PREFIX + "service"
ONEOFF = PREFIX + "oneoff"
CONTAINER_NUMBER = PREFIX + "container-number"
CONFIG_HASH = PREFIX + "config-hash"
IMAGE = PREFIX + "image"
DEPENDS_ON = PREFIX + "depends_on"
WORKING_DIR = PREFIX + "project.working_dir"
CONFIG_FILES = PREFIX + "project.config_files"
ENVIRONMENT_FILE = PREFIX + "project.environment_file"
VERSION = PREFIX + "version"
REPLACE = PREFIX + "replace"
NETWORK = PREFIX + "network"
VOLUME = PREFIX + "volume"

#: The release of Docker Compose that these labels are compatible with; it stands in the version label.
COMPATIBLE_VERSION = "5.6.1"

#: Order of a service's keys in its hash. It is older than the order in which ``config`` prints them.
_HASH_ORDER = (
    "annotations",
    "attach",
    "blkio_config",
    "cap_add",
    "cap_drop",
    "cgroup_parent",
    "cgroup",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpus",
    "cpuset",
    "cpu_shares",
    "command",
    "configs",
    "container_name",
    "credential_spec",
    "deploy",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "environment",
    "expose",
    "external_links",
    "extra_hosts",
    "group_add",
    "gpus",
    "hostname",
    "healthcheck",
    "image",
    "init",
    "ipc",
    "isolation",
    "labels",
    "label_file",
    "links",
    "logging",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "mem_swappiness",
    "mac_address",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "runtime",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
    "working_dir",
)

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


#: Stands at the end of a container's name until all that belongs into it is there: half a container would pass for a
#: whole one when whoever creates it is killed meanwhile.
UNFINISHED = "_unfinished"


def container_name(project: str, service: Service, number: int) -> str:
    """The name of a service's container."""
    return service.container_name or f"{project}-{service.name}-{number}"


def container_labels(
    project: Project, service: Service, *, number: int, image_id: str, replaces: str = ""
) -> dict[str, str]:
    """All labels of a container: the user's own, and those by which it is known.

    Args:
        project: The project.
        service: The service.
        number: The container's number within the service.
        image_id: ID of the image.
        replaces: ID of the container that is recreated, or "".
    """
    labels = dict(service.spec.get("labels") or {})
    labels |= {
        PROJECT: project.name,
        SERVICE: service.name,
        ONEOFF: "False",
        CONTAINER_NUMBER: str(number),
        CONFIG_HASH: service.config_hash,
        IMAGE: image_id,
        DEPENDS_ON: ",".join(
            f"{item.service}:{item.condition}:{'true' if item.restart else 'false'}" for item in service.depends_on
        ),
        WORKING_DIR: str(project.working_dir),
        CONFIG_FILES: ",".join(str(file) for file in project.files),
        VERSION: COMPATIBLE_VERSION,
    }
    if project.env_files:
        labels[ENVIRONMENT_FILE] = ",".join(str(file) for file in project.env_files)
    if replaces:
        labels[REPLACE] = replaces
    return labels


def network_labels(project: Project, network: Network) -> dict[str, str]:
    """All labels of a network."""
    return dict(network.spec.get("labels") or {}) | {
        PROJECT: project.name,
        NETWORK: network.key,
        VERSION: COMPATIBLE_VERSION,
        CONFIG_HASH: network.config_hash,
    }


def volume_labels(project: Project, volume: Volume) -> dict[str, str]:
    """All labels of a volume."""
    return dict(volume.spec.get("labels") or {}) | {
        PROJECT: project.name,
        VOLUME: volume.key,
        VERSION: COMPATIBLE_VERSION,
        CONFIG_HASH: volume.config_hash,
    }


def service_hash(spec: Mapping[str, Any]) -> str:
    """The config hash of a service in canonical form."""
    hashed = {key: spec[key] for key in _HASH_ORDER if key in spec}
    if isinstance(deploy := hashed.get("deploy"), dict):
        hashed["deploy"] = {key: value for key, value in deploy.items() if key != "replicas"}
    return _digest(hashed)


def network_hash(spec: Mapping[str, Any]) -> str:
    """The config hash of a network in canonical form."""
    return _digest(spec)


def volume_hash(spec: Mapping[str, Any]) -> str:
    """The config hash of a volume in canonical form; the local driver counts as given."""
    if spec.get("driver"):
        return _digest(spec)
    name = {"name": spec["name"]} if "name" in spec else {}
    return _digest(name | {"driver": "local"} | {key: value for key, value in spec.items() if key != "name"})


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(compact_json(value).encode("utf-8", "surrogateescape")).hexdigest()


def compact_json(value: Value) -> str:
    """JSON as the official tool writes it, without spaces and with the characters of HTML escaped."""
    return "".join(_pieces(value))


def _pieces(value: Value) -> list[str]:
    if isinstance(value, dict):
        parts = [f"{escaped(key)}:{compact_json(item)}" for key, item in value.items()]
        return ["{", ",".join(parts), "}"]
    if isinstance(value, list):
        return ["[", ",".join(compact_json(item) for item in value), "]"]
    return [scalar_json(value)]


def scalar_json(value: Value) -> str:
    """A scalar as the official JSON has it."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else number_text(value)


def escaped(text: str) -> str:
    """A JSON string with HTML's characters escaped."""
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPES)

"""The host's half of a container: limits, devices, namespaces, security. Pure."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from harmony_desktop.control.ports import EngineError
from harmony_desktop.engine.create_values import compact, size

Json = dict[str, Any]

#: Name of a device by the Container Device Interface: ``vendor.com/class=name``.
_CDI = re.compile(r"[A-Za-z][\w.-]*[A-Za-z0-9]/[A-Za-z][\w-]*[A-Za-z0-9]=[A-Za-z0-9][\w.:-]*$")
_STRING_OR_SPACE = re.compile(r'("(?:\\.|[^"\\])*")|\s+')
_RESTART = {"none": "no", "any": "always"}
#: All capabilities, under the one name that has no prefix.
_ALL = "ALL"


def config(spec: Mapping[str, Any], working_dir: Path, read_text: Callable[[Path], str]) -> Json:
    """Return ``HostConfig`` but for mounts, network, and namespaces that may name a service.

    Args:
        spec: The service.
        working_dir: Directory that a seccomp profile's path counts from.
        read_text: Reads that profile.
    """
    security, unconfined = _security(spec.get("security_opt") or (), working_dir, read_text)
    host = {
        "Annotations": spec.get("annotations"),
        "CapAdd": capabilities(spec.get("cap_add") or ()),
        "CapDrop": capabilities(spec.get("cap_drop") or ()),
        "CgroupnsMode": spec.get("cgroup"),
        "Dns": spec.get("dns"),
        "DnsOptions": spec.get("dns_opt"),
        "DnsSearch": spec.get("dns_search"),
        "ExtraHosts": [host.replace("=", ":", 1) for host in spec.get("extra_hosts") or ()],
        "GroupAdd": spec.get("group_add"),
        "Init": spec.get("init"),
        "Isolation": spec.get("isolation"),
        "LogConfig": _logging(spec.get("logging")),
        "OomScoreAdj": spec.get("oom_score_adj"),
        "Privileged": bool(spec.get("privileged", False)),
        "ReadonlyRootfs": bool(spec.get("read_only", False)),
        "RestartPolicy": restart_policy(spec),
        "Runtime": spec.get("runtime"),
        "SecurityOpt": security or None,
        "ShmSize": size(spec["shm_size"]) if "shm_size" in spec else None,
        "StorageOpt": spec.get("storage_opt"),
        "Sysctls": spec.get("sysctls"),
        "Tmpfs": _tmpfs(spec.get("tmpfs") or ()),
        "UTSMode": spec.get("uts"),
        "UsernsMode": spec.get("userns_mode"),
        "VolumeDriver": spec.get("volume_driver"),
    }
    if unconfined:
        host |= {"MaskedPaths": [], "ReadonlyPaths": []}
    return compact(host) | _resources(spec)


def capabilities(names: Iterable[str]) -> list[str] | None:
    """Return capabilities in the form that the official client gives them: prefixed, sorted, each once."""
    upper = {name.strip().upper() for name in names}
    if _ALL in upper:
        return [_ALL]
    return sorted(name if name.startswith("CAP_") else f"CAP_{name}" for name in upper if name) or None


def restart_policy(spec: Mapping[str, Any]) -> Json:
    """Return the restart policy; that of ``deploy`` wins."""
    policy = (spec.get("deploy") or {}).get("restart_policy")
    if policy is not None:
        condition, attempts = str(policy.get("condition", "")), int(policy.get("max_attempts") or 0)
    else:
        condition, _, count = str(spec.get("restart", "")).partition(":")
        attempts = int(count) if count.isascii() and count.isdigit() else 0
    return {"Name": _RESTART.get(condition, condition), "MaximumRetryCount": attempts}


def _security(options: Iterable[str], working_dir: Path, read_text: Callable[[Path], str]) -> tuple[list[str], bool]:
    """Return the security options, a seccomp profile as its text, and whether the system's paths are left bare."""
    found: list[str] = []
    unconfined = False
    for option in options:
        name, _, value = option.partition("=")
        if option == "systempaths=unconfined":
            unconfined = True
        elif name == "seccomp" and value not in {"", "unconfined", "builtin"}:
            found.append(f"seccomp={_profile(working_dir / value, read_text)}")
        else:
            found.append(option)
    return found, unconfined


def _profile(path: Path, read_text: Callable[[Path], str]) -> str:
    try:
        text = read_text(path)
        json.loads(text)
    except (OSError, ValueError) as error:
        raise EngineError(
            "The seccomp profile cannot be used",
            cause=f"{path}: {error}",
            advice="Correct the path in security_opt, or the file.",
        ) from error
    # Only the space between its parts goes: numbers and strings stay as they are written.
    return _STRING_OR_SPACE.sub(lambda match: match[1] or "", text)


def _logging(spec: Mapping[str, Any] | None) -> Json | None:
    if spec is None:
        return None
    return compact({"Type": spec.get("driver", ""), "Config": spec.get("options")})


def _tmpfs(items: Iterable[str]) -> Json | None:
    found: Json = {}
    for item in items:
        path, _, options = item.partition(":")
        found[path] = options
    return found or None


def _resources(spec: Mapping[str, Any]) -> Json:
    found: Json = {
        "CgroupParent": spec.get("cgroup_parent"),
        "CpuCount": spec.get("cpu_count"),
        "CpuPercent": int(spec["cpu_percent"] * 100) if "cpu_percent" in spec else None,
        "CpuPeriod": spec.get("cpu_period"),
        "CpuQuota": spec.get("cpu_quota"),
        "CpuRealtimePeriod": spec.get("cpu_rt_period"),
        "CpuRealtimeRuntime": spec.get("cpu_rt_runtime"),
        "CpuShares": spec.get("cpu_shares"),
        "CpusetCpus": spec.get("cpuset"),
        "NanoCpus": _nano_cpus(spec.get("cpus")),
        "DeviceCgroupRules": spec.get("device_cgroup_rules"),
        "Memory": _optional_size(spec, "mem_limit"),
        "MemoryReservation": _optional_size(spec, "mem_reservation"),
        "MemorySwap": _optional_size(spec, "memswap_limit"),
        "MemorySwappiness": int(spec["mem_swappiness"]) if "mem_swappiness" in spec else None,
        # Officially always sent, and an engine tells "false" from "not said".
        "OomKillDisable": bool(spec.get("oom_kill_disable", False)),
        "PidsLimit": spec.get("pids_limit") or None,
        "Ulimits": _ulimits(spec.get("ulimits") or {}),
    }
    found |= _block_io(spec.get("blkio_config") or {})
    deployed = (spec.get("deploy") or {}).get("resources") or {}
    limits = deployed.get("limits") or {}
    reservations = deployed.get("reservations") or {}
    found |= compact(
        {
            "Memory": _optional_size(limits, "memory"),
            "NanoCpus": _nano_cpus(limits.get("cpus")),
            "PidsLimit": limits.get("pids") or None,
            "MemoryReservation": _optional_size(reservations, "memory"),
        }
    )
    found["Devices"], found["DeviceRequests"] = _devices(spec, reservations)
    return compact(found)


def _optional_size(spec: Mapping[str, Any], key: str) -> int | None:
    return size(spec[key]) if key in spec else None


def _nano_cpus(cpus: float | str | None) -> int | None:
    """Return a number of processors in billionths, counted as officially: in 32-bit floats."""
    return int(_single(_single(float(cpus)) * 1e9)) if cpus is not None else None


def _single(number: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded


def _ulimits(spec: Mapping[str, Any]) -> list[Json] | None:
    found = []
    for name, limit in spec.items():
        soft, hard = (limit.get("soft", 0), limit.get("hard", 0)) if isinstance(limit, Mapping) else (limit, limit)
        found.append({"Name": name, "Soft": soft, "Hard": hard})
    return found or None


def _block_io(spec: Mapping[str, Any]) -> Json:
    rates = {
        "BlkioDeviceReadBps": "device_read_bps",
        "BlkioDeviceReadIOps": "device_read_iops",
        "BlkioDeviceWriteBps": "device_write_bps",
        "BlkioDeviceWriteIOps": "device_write_iops",
    }
    found: Json = {"BlkioWeight": spec.get("weight")}
    if "weight_device" in spec:
        found["BlkioWeightDevice"] = [
            {"Path": _either(item, "path"), "Weight": int(_either(item, "weight"))} for item in spec["weight_device"]
        ]
    for name, key in rates.items():
        if key in spec:
            found[name] = [{"Path": _either(item, "path"), "Rate": size(_either(item, "rate"))} for item in spec[key]]
    return found


def _either(item: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - a value of JSON
    """Return a value whose key the canonical form prints with a capital (``Path``), unlike all others."""
    return item.get(key, item.get(key.capitalize()))


def _devices(spec: Mapping[str, Any], reservations: Mapping[str, Any]) -> tuple[list[Json] | None, list[Json] | None]:
    """Return the devices to pass through, and the requests to drivers: reservations, CDI devices, ``gpus``."""
    devices: list[Json] = []
    cdi: list[str] = []
    for item in spec.get("devices") or ():
        if item["source"] == item.get("target") and _CDI.match(item["source"]):
            cdi.append(item["source"])
            continue
        devices.append(
            {
                "PathOnHost": item["source"],
                "PathInContainer": item.get("target", ""),
                "CgroupPermissions": item.get("permissions", ""),
            }
        )
    requests = [device_request(item) for item in reservations.get("devices") or ()]
    if cdi:
        requests.append({"Driver": "cdi", "DeviceIDs": cdi})
    requests += [device_request(item, "gpu") for item in spec.get("gpus") or ()]
    return devices or None, requests or None


def device_request(item: Mapping[str, Any], *capability: str) -> Json:
    """Return a device request; without a count and without IDs it asks for all (-1).

    Args:
        item: A reservation, or an entry of ``gpus``.
        capability: What is asked for beside the item's own capabilities.
    """
    ids = item.get("device_ids") or None
    count = item.get("count")
    if isinstance(count, str):
        count = -1 if count == "all" else int(count)
    if count is None:
        count = 0 if ids else -1
    return compact(
        {
            "Driver": item.get("driver"),
            "Count": count,
            "DeviceIDs": ids,
            "Capabilities": [[*(item.get("capabilities") or ()), *capability]],
            "Options": item.get("options"),
        }
    )

"""The sections of a compose file, field by field, in the official order."""

from __future__ import annotations

from harmony_desktop.stack.encode import (
    OMITTED,
    Field,
    Fields,
    Section,
    command,
    duration,
    each,
    fields,
    flag,
    hosts,
    mode,
    named,
    nullable_pairs,
    number,
    pairs,
    size,
    strings,
    test,
    text,
    whole,
)
from harmony_desktop.stack.scalars import to_text
from harmony_desktop.stack.values import Value


def _count(value: Value) -> int:
    return -1 if value == "all" else whole(value)


def _null() -> None:
    return None


def _strict(value: Value) -> int:
    if isinstance(value, str):
        raise ValueError(f"{value!r} must be a number without quotes")  # noqa: TRY004 - what a file holds, not what we pass
    return _natural(value)


def _natural(value: Value) -> int:
    count = whole(value)
    if count < 0:
        raise ValueError(f"{count} is less than 0")
    return count


def _ssh(value: Value) -> list[str]:
    if isinstance(value, dict):
        return sorted(key if item is None else f"{key}={to_text(item)}" for key, item in value.items())
    return strings(value)


def _ulimit(value: Value) -> Value:
    if isinstance(value, dict):
        return _ULIMIT(value)
    return whole(value) or Section()


def _create_host_path(value: Value) -> Value:
    """Only a refusal to create the path is printed."""
    return OMITTED if flag(value) else False


_ULIMIT = fields(("soft", whole), ("hard", whole))
_REFERENCE = fields(("source", text), ("target", text), ("uid", text), ("gid", text), ("mode", mode))
_REQUEST = fields(
    ("capabilities", strings), ("driver", text), ("count", _count), ("device_ids", strings), ("options", pairs)
)
_BIND = fields(
    ("selinux", text),
    ("propagation", text),
    Field("create_host_path", _create_host_path, kept=True),
    ("recursive", text),
)
_VOLUME = fields(
    ("type", text),
    ("source", text),
    ("target", text),
    ("read_only", flag),
    ("consistency", text),
    Field("bind", _BIND, kept=True),
    Field("volume", fields(("labels", pairs), ("nocopy", flag), ("subpath", text)), kept=True),
    Field("tmpfs", fields(("size", size), ("mode", _strict)), kept=True),
    Field("image", fields(("subpath", text)), kept=True),
)
_PORT = fields(
    ("name", text),
    ("mode", text),
    ("host_ip", text),
    ("target", _natural),
    ("published", text),
    ("protocol", text),
    ("app_protocol", text),
)
_ATTACHMENT = fields(
    ("aliases", strings),
    ("driver_opts", pairs),
    ("gw_priority", whole),
    ("interface_name", text),
    ("ipv4_address", text),
    ("ipv6_address", text),
    ("link_local_ips", strings),
    ("mac_address", text),
    ("priority", whole),
)
_LIMITS = fields(("cpus", number), ("memory", size), ("pids", whole))
_RESERVATIONS = fields(
    ("cpus", number),
    ("memory", size),
    ("devices", each(_REQUEST)),
    (
        "generic_resources",
        each(fields(Field("discrete_resource_spec", fields(("kind", text), ("value", whole)), kept=True))),
    ),
)
_ROLLOUT = fields(
    Field("parallelism", _natural, kept=True),
    ("delay", duration),
    ("failure_action", text),
    ("monitor", duration),
    ("max_failure_ratio", number),
    ("order", text),
)
DEPLOY = fields(
    ("mode", text),
    Field("replicas", _natural, kept=True),
    ("labels", pairs),
    Field("update_config", _ROLLOUT, kept=True),
    Field("rollback_config", _ROLLOUT, kept=True),
    Field(
        "resources",
        fields(Field("limits", _LIMITS, kept=True), Field("reservations", _RESERVATIONS, kept=True)),
        always=Section,
    ),
    Field(
        "restart_policy",
        fields(
            ("condition", text),
            Field("delay", duration, kept=True),
            Field("max_attempts", _natural, kept=True),
            Field("window", duration, kept=True),
        ),
        kept=True,
    ),
    Field(
        "placement",
        fields(
            ("constraints", strings),
            ("preferences", each(fields(("spread", text)))),
            ("max_replicas_per_node", _natural),
        ),
        always=Section,
    ),
    ("endpoint_mode", text),
)
_BUILD = fields(
    ("context", text),
    ("dockerfile", text),
    ("dockerfile_inline", text),
    ("entitlements", strings),
    ("args", nullable_pairs),
    ("provenance", to_text),
    ("sbom", to_text),
    ("ssh", _ssh),
    ("labels", pairs),
    ("cache_from", strings),
    ("cache_to", strings),
    ("no_cache", flag),
    ("no_cache_filter", strings),
    ("additional_contexts", pairs),
    ("pull", flag),
    ("extra_hosts", hosts),
    ("isolation", text),
    ("network", text),
    ("target", text),
    ("secrets", each(_REFERENCE)),
    ("shm_size", size),
    ("tags", strings),
    ("ulimits", named(_ulimit)),
    ("platforms", strings),
    ("privileged", flag),
)
_HEALTHCHECK = fields(
    ("test", test),
    Field("timeout", duration, kept=True),
    Field("interval", duration, kept=True),
    Field("retries", _natural, kept=True),
    Field("start_period", duration, kept=True),
    Field("start_interval", duration, kept=True),
    ("disable", flag),
)
_BLOCK_PATH = Field("path", text, json_name="Path")
_BLOCK_RATE = fields(_BLOCK_PATH, Field("rate", size, json_name="Rate"))
_BLOCK_WEIGHT = fields(_BLOCK_PATH, Field("weight", _strict, json_name="Weight"))
_DEPENDENCY = fields(("condition", text), ("restart", flag), Field("required", flag, kept=True))

SERVICE = fields(
    ("profiles", strings),
    Field("deploy", DEPLOY, kept=True),
    ("restart", text),
    Field("scale", _natural, kept=True),
    Field("attach", flag, kept=True),
    ("container_name", text),
    ("external_links", strings),
    ("links", strings),
    ("annotations", pairs),
    Field(
        "blkio_config",
        fields(
            ("weight", _strict),
            ("weight_device", each(_BLOCK_WEIGHT)),
            ("device_read_bps", each(_BLOCK_RATE)),
            ("device_read_iops", each(_BLOCK_RATE)),
            ("device_write_bps", each(_BLOCK_RATE)),
            ("device_write_iops", each(_BLOCK_RATE)),
        ),
        kept=True,
    ),
    ("cap_add", strings),
    ("cap_drop", strings),
    ("cgroup_parent", text),
    ("cgroup", text),
    ("cpu_count", whole),
    ("cpu_percent", number),
    ("cpu_period", whole),
    ("cpu_quota", whole),
    ("cpu_rt_period", whole),
    ("cpu_rt_runtime", whole),
    ("cpus", number),
    ("cpuset", text),
    ("cpu_shares", whole),
    Field("command", command, kept=True, always=_null),
    ("configs", each(_REFERENCE)),
    ("device_cgroup_rules", strings),
    ("devices", each(fields(("source", text), ("target", text), ("permissions", text)))),
    ("dns", lambda value: [item for item in strings(value) if item]),
    ("dns_opt", strings),
    ("dns_search", strings),
    ("domainname", text),
    Field("entrypoint", command, kept=True, always=_null),
    ("environment", nullable_pairs),
    ("extra_hosts", hosts),
    ("group_add", strings),
    ("gpus", each(_REQUEST)),
    ("hostname", text),
    ("image", text),
    Field("init", flag, kept=True),
    ("ipc", text),
    ("isolation", text),
    ("labels", pairs),
    ("label_file", strings),
    Field("logging", fields(("driver", text), ("options", pairs)), kept=True),
    ("mem_limit", size),
    ("mem_reservation", size),
    ("memswap_limit", size),
    ("mem_swappiness", size),
    ("mac_address", text),
    ("network_mode", text),
    ("networks", named(_ATTACHMENT)),
    ("oom_kill_disable", flag),
    ("oom_score_adj", whole),
    ("pid", text),
    ("pids_limit", whole),
    ("platform", text),
    ("privileged", flag),
    ("pull_policy", text),
    ("read_only", flag),
    ("runtime", text),
    ("secrets", each(_REFERENCE)),
    ("security_opt", strings),
    ("shm_size", size),
    Field("stop_grace_period", duration, kept=True),
    ("stop_signal", text),
    ("storage_opt", pairs),
    ("sysctls", pairs),
    ("tmpfs", strings),
    ("ulimits", named(_ulimit)),
    ("user", text),
    ("userns_mode", text),
    ("uts", text),
    ("volumes", each(_VOLUME)),
    ("volumes_from", strings),
    ("working_dir", text),
    Field("build", _BUILD, kept=True),
    ("depends_on", named(_DEPENDENCY)),
    ("expose", strings),
    Field("healthcheck", _HEALTHCHECK, kept=True),
    ("ports", each(_PORT)),
    ("stdin_open", flag),
    ("tty", flag),
)

_IPAM = fields(
    ("driver", text),
    ("config", each(fields(("subnet", text), ("gateway", text), ("ip_range", text), ("aux_addresses", pairs)))),
    ("options", pairs),
)
_FILE_OBJECT = fields(
    ("name", text),
    ("file", text),
    ("environment", text),
    ("content", text),
    ("external", flag),
    ("labels", pairs),
    ("driver", text),
    ("driver_opts", pairs),
    ("template_driver", text),
)
#: Top-level sections beside the services.
RESOURCES: dict[str, Fields] = {
    "networks": fields(
        ("name", text),
        ("driver", text),
        ("driver_opts", pairs),
        Field("ipam", _IPAM, always=Section),
        ("external", flag),
        ("internal", flag),
        ("attachable", flag),
        ("labels", pairs),
        Field("enable_ipv4", flag, kept=True),
        Field("enable_ipv6", flag, kept=True),
    ),
    "volumes": fields(("name", text), ("driver", text), ("driver_opts", pairs), ("external", flag), ("labels", pairs)),
    "secrets": _FILE_OBJECT,
    "configs": _FILE_OBJECT,
}

"""The shape of a compose file: which keys may stand where, and what they may hold.

The names are those of the public Compose specification; ``tests/stack/test_schema.py`` holds this file against the
published schema, key for key.
"""

from __future__ import annotations

import re

from harmony_desktop.stack.check import Boolean, Kind, Mapped, Nothing, Number, Record, Seq, Text
from harmony_desktop.stack.supported import REFUSED_SECTIONS, REFUSED_SERVICE_KEYS

_NAMES = re.compile(r"[a-zA-Z0-9._-]+")
_NOT_EMPTY = re.compile(r".+", re.DOTALL)

_TEXT = Text()
_FLAG: Kind = (Boolean(), Text())
_NUMBER: Kind = (Number(), Text())
_WHOLE: Kind = (Number(whole=True), Text())
_STRINGS = Seq(_TEXT, unique=True)
_TEXT_OR_LIST: Kind = (_TEXT, _STRINGS)
_TEXTS = Seq(_TEXT)
_COMMAND: Kind = (Nothing(), _TEXT, _TEXTS)
_PAIRS: Kind = (Mapped((Text(), Number(), Boolean(), Nothing()), _NOT_EMPTY), _STRINGS)
_HOSTS: Kind = (Mapped((_TEXT, _TEXTS)), _STRINGS)
_OPTIONS = Mapped((Text(), Number()))

_REFERENCES = Seq(
    (
        _TEXT,
        Record({"source": _TEXT, "target": _TEXT, "uid": _TEXT, "gid": _TEXT, "mode": _NUMBER}),
    )
)
_ULIMITS = Mapped((Number(whole=True), Text(), Record({"hard": _WHOLE, "soft": _WHOLE}, required=("soft", "hard"))))
_REQUEST: dict[str, Kind] = {
    "capabilities": _STRINGS,
    "count": _WHOLE,
    "device_ids": _STRINGS,
    "driver": _TEXT,
    "options": _PAIRS,
}

_HEALTHCHECK = Record(
    {
        "disable": _FLAG,
        "interval": _TEXT,
        "retries": _NUMBER,
        "test": (_TEXT, _TEXTS),
        "timeout": _TEXT,
        "start_period": _TEXT,
        "start_interval": _TEXT,
    }
)

_ROLLOUT = Record(
    {
        "parallelism": _WHOLE,
        "delay": _TEXT,
        "failure_action": _TEXT,
        "monitor": _TEXT,
        "max_failure_ratio": _NUMBER,
        "order": Text(choices=("start-first", "stop-first")),
    }
)
_DEPLOY: Kind = (
    Nothing(),
    Record(
        {
            "mode": _TEXT,
            "endpoint_mode": _TEXT,
            "replicas": _WHOLE,
            "labels": _PAIRS,
            "rollback_config": _ROLLOUT,
            "update_config": _ROLLOUT,
            "resources": Record(
                {
                    "limits": Record({"cpus": _NUMBER, "memory": _TEXT, "pids": _WHOLE}),
                    "reservations": Record(
                        {
                            "cpus": _NUMBER,
                            "memory": _TEXT,
                            "generic_resources": Seq(
                                Record({"discrete_resource_spec": Record({"kind": _TEXT, "value": _NUMBER})})
                            ),
                            "devices": Seq(Record(_REQUEST, required=("capabilities",))),
                        }
                    ),
                }
            ),
            "restart_policy": Record({"condition": _TEXT, "delay": _TEXT, "max_attempts": _WHOLE, "window": _TEXT}),
            "placement": Record(
                {
                    "constraints": _TEXTS,
                    "preferences": Seq(Record({"spread": _TEXT})),
                    "max_replicas_per_node": _WHOLE,
                }
            ),
        }
    ),
)

_BUILD: Kind = (
    _TEXT,
    Record(
        {
            "context": _TEXT,
            "dockerfile": _TEXT,
            "dockerfile_inline": _TEXT,
            "entitlements": _TEXTS,
            "args": _PAIRS,
            "ssh": _PAIRS,
            "labels": _PAIRS,
            "cache_from": _TEXTS,
            "cache_to": _TEXTS,
            "no_cache": _FLAG,
            "no_cache_filter": _TEXT_OR_LIST,
            "additional_contexts": _PAIRS,
            "network": _TEXT,
            "provenance": _FLAG,
            "sbom": _FLAG,
            "pull": _FLAG,
            "target": _TEXT,
            "shm_size": _WHOLE,
            "extra_hosts": _HOSTS,
            "isolation": _TEXT,
            "privileged": _FLAG,
            "secrets": _REFERENCES,
            "tags": _TEXTS,
            "ulimits": _ULIMITS,
            "platforms": _TEXTS,
        }
    ),
)

_VOLUME = Record(
    {
        "type": Text(choices=("bind", "volume", "tmpfs", "cluster", "npipe", "image")),
        "source": _TEXT,
        "target": _TEXT,
        "read_only": _FLAG,
        "consistency": _TEXT,
        "bind": Record(
            {
                "propagation": _TEXT,
                "create_host_path": _FLAG,
                "recursive": Text(choices=("enabled", "disabled", "writable", "readonly")),
                "selinux": Text(choices=("z", "Z")),
            }
        ),
        "volume": Record({"labels": _PAIRS, "nocopy": _FLAG, "subpath": _TEXT}),
        "tmpfs": Record({"size": (Number(whole=True, least=0), Text()), "mode": _NUMBER}),
        "image": Record({"subpath": _TEXT}),
    },
    required=("type",),
)
_PORT = Record(
    {
        "name": _TEXT,
        "mode": _TEXT,
        "host_ip": _TEXT,
        "target": _WHOLE,
        "published": _WHOLE,
        "protocol": _TEXT,
        "app_protocol": _TEXT,
    }
)
_ATTACHMENT = Record(
    {
        "aliases": _STRINGS,
        "interface_name": _TEXT,
        "ipv4_address": _TEXT,
        "ipv6_address": _TEXT,
        "link_local_ips": _STRINGS,
        "mac_address": _TEXT,
        "driver_opts": _OPTIONS,
        "priority": Number(),
        "gw_priority": Number(),
    }
)
_DEPENDENCY = Record(
    {
        "restart": _FLAG,
        "required": Boolean(),
        "condition": Text(choices=("service_started", "service_healthy", "service_completed_successfully")),
    },
    required=("condition",),
)
_ENV_FILE = Record({"path": _TEXT, "format": _TEXT, "required": _FLAG}, required=("path",), extensions=False)
_BLOCK_LIMITS = Seq(Record({"path": _TEXT, "rate": _WHOLE}, extensions=False))

SERVICE = Record(
    {
        "annotations": _PAIRS,
        "attach": _FLAG,
        "blkio_config": Record(
            {
                "device_read_bps": _BLOCK_LIMITS,
                "device_read_iops": _BLOCK_LIMITS,
                "device_write_bps": _BLOCK_LIMITS,
                "device_write_iops": _BLOCK_LIMITS,
                "weight": _WHOLE,
                "weight_device": Seq(Record({"path": _TEXT, "weight": _WHOLE}, extensions=False)),
            },
            extensions=False,
        ),
        "build": _BUILD,
        "cap_add": _STRINGS,
        "cap_drop": _STRINGS,
        "cgroup": Text(choices=("host", "private")),
        "cgroup_parent": _TEXT,
        "command": _COMMAND,
        "configs": _REFERENCES,
        "container_name": Text(
            pattern=re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+"), says="A container's name has two characters at least."
        ),
        "cpu_count": (Text(), Number(whole=True, least=0)),
        "cpu_percent": (Text(), Number(whole=True, least=0, most=100)),
        "cpu_period": _NUMBER,
        "cpu_quota": _NUMBER,
        "cpu_rt_period": _NUMBER,
        "cpu_rt_runtime": _NUMBER,
        "cpu_shares": _NUMBER,
        "cpus": _NUMBER,
        "cpuset": _TEXT,
        "depends_on": (_STRINGS, Mapped(_DEPENDENCY, _NAMES)),
        "deploy": _DEPLOY,
        "device_cgroup_rules": _STRINGS,
        "devices": Seq((_TEXT, Record({"source": _TEXT, "target": _TEXT, "permissions": _TEXT}, required=("source",)))),
        "dns": _TEXT_OR_LIST,
        "dns_opt": _STRINGS,
        "dns_search": _TEXT_OR_LIST,
        "domainname": _TEXT,
        "entrypoint": _COMMAND,
        "env_file": (_TEXT, Seq((_TEXT, _ENV_FILE))),
        "environment": _PAIRS,
        "expose": Seq((Text(), Number()), unique=True),
        "extends": (_TEXT, Record({"service": _TEXT, "file": _TEXT}, required=("service",), extensions=False)),
        "external_links": _STRINGS,
        "extra_hosts": _HOSTS,
        "gpus": (Text(choices=("all",)), Seq(Record(_REQUEST, any_key=True))),
        "group_add": Seq((Text(), Number()), unique=True),
        "healthcheck": _HEALTHCHECK,
        "hostname": _TEXT,
        "image": _TEXT,
        "init": _FLAG,
        "ipc": _TEXT,
        "isolation": _TEXT,
        "label_file": (_TEXT, _TEXTS),
        "labels": _PAIRS,
        "links": _STRINGS,
        "logging": Record({"driver": _TEXT, "options": Mapped((Text(), Number(), Nothing()))}),
        "mac_address": _TEXT,
        "mem_limit": _NUMBER,
        "mem_reservation": _WHOLE,
        "mem_swappiness": _WHOLE,
        "memswap_limit": _NUMBER,
        "network_mode": _TEXT,
        "networks": (_STRINGS, Mapped((_ATTACHMENT, Nothing()), _NAMES)),
        "oom_kill_disable": _FLAG,
        "oom_score_adj": (Text(), Number(whole=True, least=-1000, most=1000)),
        "pid": (_TEXT, Nothing()),
        "pids_limit": _NUMBER,
        "platform": _TEXT,
        "ports": Seq((Number(), _TEXT, _PORT), unique=True),
        "privileged": _FLAG,
        "profiles": _STRINGS,
        "pull_policy": Text(
            pattern=re.compile(
                r"^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)$"
            ),
            says="Possible are: always, never, missing, if_not_present, build, daily, weekly, every_12h and the like.",
        ),
        "read_only": _FLAG,
        "restart": _TEXT,
        "runtime": _TEXT,
        "scale": _WHOLE,
        "secrets": _REFERENCES,
        "security_opt": _STRINGS,
        "shm_size": _NUMBER,
        "stdin_open": _FLAG,
        "stop_grace_period": _TEXT,
        "stop_signal": _TEXT,
        "storage_opt": Mapped((Text(), Number(whole=True))),
        "sysctls": _PAIRS,
        "tmpfs": _TEXT_OR_LIST,
        "tty": _FLAG,
        "ulimits": _ULIMITS,
        "user": _TEXT,
        "userns_mode": _TEXT,
        "uts": _TEXT,
        "volumes": Seq((_TEXT, _VOLUME), unique=True),
        "volumes_from": _STRINGS,
        "working_dir": _TEXT,
    },
    refused=REFUSED_SERVICE_KEYS,
)

_EXTERNAL: Kind = (Boolean(), Text(), Record({"name": _TEXT}))
_NETWORK: Kind = (
    Nothing(),
    Record(
        {
            "name": _TEXT,
            "driver": _TEXT,
            "driver_opts": _OPTIONS,
            "ipam": Record(
                {
                    "driver": _TEXT,
                    "config": Seq(
                        Record(
                            {
                                "subnet": _TEXT,
                                "ip_range": _TEXT,
                                "gateway": _TEXT,
                                "aux_addresses": Mapped(_TEXT),
                            }
                        )
                    ),
                    "options": Mapped(_TEXT),
                }
            ),
            "external": _EXTERNAL,
            "internal": _FLAG,
            "enable_ipv4": _FLAG,
            "enable_ipv6": _FLAG,
            "attachable": _FLAG,
            "labels": _PAIRS,
        }
    ),
)
_NAMED_VOLUME: Kind = (
    Nothing(),
    Record({"name": _TEXT, "driver": _TEXT, "driver_opts": _OPTIONS, "external": _EXTERNAL, "labels": _PAIRS}),
)
_EXTERNAL_FILE: Kind = (Boolean(), Text(), Record({"name": _TEXT}, any_key=True))
_SECRET = Record(
    {
        "name": _TEXT,
        "environment": _TEXT,
        "file": _TEXT,
        "external": _EXTERNAL_FILE,
        "labels": _PAIRS,
        "driver": _TEXT,
        "driver_opts": _OPTIONS,
        "template_driver": _TEXT,
    }
)
_CONFIG = Record(
    {
        "name": _TEXT,
        "content": _TEXT,
        "environment": _TEXT,
        "file": _TEXT,
        "external": _EXTERNAL_FILE,
        "labels": _PAIRS,
        "template_driver": _TEXT,
    }
)
_INCLUDE: Kind = (
    _TEXT,
    Record({"path": _TEXT_OR_LIST, "env_file": _TEXT_OR_LIST, "project_directory": _TEXT}, extensions=False),
)

#: The section ``include``.
INCLUDE = Seq(_INCLUDE)

#: A whole compose file.
FILE = Record(
    {
        "version": _TEXT,
        "name": _TEXT,
        "include": INCLUDE,
        "services": Mapped(SERVICE, _NAMES),
        "networks": Mapped(_NETWORK, _NAMES),
        "volumes": Mapped(_NAMED_VOLUME, _NAMES),
        "secrets": Mapped(_SECRET, _NAMES),
        "configs": Mapped(_CONFIG, _NAMES),
    },
    refused=REFUSED_SECTIONS,
)

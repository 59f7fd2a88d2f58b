"""Which values are numbers or booleans although a file may write them as text, and how text becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeAlias

from harmony_desktop.records import dataclass
from harmony_desktop.stack.scalars import shortest32

Cast: TypeAlias = Callable[[str], Any]

_TRUE, _FALSE = ("true", "y", "yes", "on"), ("false", "n", "no", "off")


@dataclass(slots=True)
class Casts:
    """A tree of casts: by key, for any other key, for the items of a list, and for the value itself."""

    cast: Cast | None = None
    below: dict[str, Casts] = field(default_factory=dict)
    others: Casts | None = None
    items: Casts | None = None


def to_integer(text: str) -> int:
    """A decimal integer."""
    if not re.fullmatch(r"[-+]?[0-9]+", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def to_float(text: str) -> float:
    """A decimal number."""
    if not re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", text):
        raise ValueError(f"{text!r} is not a number")
    return float(text)


def to_float32(text: str) -> float:
    """A decimal number of single precision."""
    return shortest32(to_float(text))


def to_boolean(text: str) -> bool:
    """A boolean, also by its names of YAML 1.1."""
    lower = text.lower()
    if lower in _TRUE or lower in _FALSE:
        return lower in _TRUE
    raise ValueError(f"{text!r} is neither true nor false")


_SERVICE: dict[str, Cast] = {
    "cpu_count": to_integer,
    "cpu_percent": to_float,
    "cpu_period": to_integer,
    "cpu_quota": to_integer,
    "cpu_rt_period": to_integer,
    "cpu_rt_runtime": to_integer,
    "cpus": to_float32,
    "cpu_shares": to_integer,
    "init": to_boolean,
    "deploy.replicas": to_integer,
    "deploy.update_config.parallelism": to_integer,
    "deploy.update_config.max_failure_ratio": to_float,
    "deploy.rollback_config.parallelism": to_integer,
    "deploy.rollback_config.max_failure_ratio": to_float,
    "deploy.restart_policy.max_attempts": to_integer,
    "deploy.placement.max_replicas_per_node": to_integer,
    "healthcheck.retries": to_integer,
    "healthcheck.disable": to_boolean,
    "oom_kill_disable": to_boolean,
    "oom_score_adj": to_integer,
    "pids_limit": to_integer,
    "ports[].target": to_integer,
    "privileged": to_boolean,
    "read_only": to_boolean,
    "scale": to_integer,
    "stdin_open": to_boolean,
    "tty": to_boolean,
    "ulimits.*": to_integer,
    "ulimits.*.hard": to_integer,
    "ulimits.*.soft": to_integer,
    "volumes[].read_only": to_boolean,
    "volumes[].volume.nocopy": to_boolean,
}
_NETWORK = ("external", "internal", "attachable", "enable_ipv4", "enable_ipv6")


def _insert(tree: Casts, path: str, cast: Cast) -> None:
    for part in path.replace("[]", ".[]").split("."):
        if part == "[]":
            tree.items = tree.items or Casts()
            tree = tree.items
        elif part == "*":
            tree.others = tree.others or Casts()
            tree = tree.others
        else:
            tree = tree.below.setdefault(part, Casts())
    tree.cast = cast


def _build() -> Casts:
    tree = Casts()
    for path, cast in _SERVICE.items():
        _insert(tree, f"services.*.{path}", cast)
    for key in _NETWORK:
        _insert(tree, f"networks.*.{key}", to_boolean)
    for section in ("volumes", "secrets", "configs"):
        _insert(tree, f"{section}.*.external", to_boolean)
    return tree


#: The casts of a whole compose file.
CASTS = _build()

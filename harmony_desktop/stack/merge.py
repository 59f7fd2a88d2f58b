"""Several files become one: Compose's rules for each attribute, and one entry for each thing in a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.rules import Rules, tree
from harmony_desktop.stack.scalars import to_text
from harmony_desktop.stack.unique import UNIQUE
from harmony_desktop.stack.values import Value

#: How two values become one; gets the rules of what stands below, too.
_Merge: TypeAlias = Callable[[Any, Any, Any], Any]


def merge(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """``base`` with ``override`` on top; may change and share parts of both.

    Raises:
        Fault: The two cannot be merged at some path.
    """
    return _mappings(base, override, _FILE)


def merge_service(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """As ``merge``, for one service."""
    return _mappings(base, override, _FILE.at("services").at("*"))


def merge_entry(section: str, base: Value, override: Value) -> Value:
    """As ``merge``, for one entry of a top-level section."""
    return _values(base, override, _FILE.at(section).at("*"))


def unify(model: dict[str, Any]) -> dict[str, Any]:
    """Keep one entry for each thing in the lists that name things; the last one wins, at the place of the first.

    Raises:
        Fault: An entry cannot be told from the others.
    """
    _unify(model, UNIQUE)
    return model


def _values(base: Value, override: Value, rules: Rules[_Merge]) -> Value:
    if rules.rule is not None:
        return rules.rule(base, override, rules)
    if override is None:
        return base
    if isinstance(base, dict):
        if not isinstance(override, dict):
            raise Fault("This cannot replace a mapping", cause="An earlier file has a mapping here.")
        return _mappings(base, override, rules)
    if isinstance(base, list):
        if not isinstance(override, list):
            raise Fault("This cannot replace a list", cause="An earlier file has a list here.")
        return _added(base, override)
    return override


def _added(base: list[Any], override: list[Any]) -> list[Any]:
    """The items of both; those that stand in the first one already are not added again."""
    # As text, for Python takes 1, 1.0 and True for equal.
    there = {repr(item) for item in base}
    new = {text: item for item in override if (text := repr(item)) not in there}
    return [*base, *new.values()]


def _mappings(base: dict[str, Any], override: dict[str, Any], rules: Rules[_Merge]) -> dict[str, Any]:
    for key, value in override.items():
        if key not in base:
            base[key] = value
            continue
        try:
            base[key] = _values(base[key], value, rules.at(key))
        except Fault as fault:
            raise fault.below(key) from None
    return base


def _replace(_base: Value, override: Value, _rules: Rules[_Merge]) -> Value:
    return override


def _sequences(base: Value, override: Value, _rules: Rules[_Merge]) -> list[Any]:
    return _as_sequence(base) + _as_sequence(override)


def _as_sequence(value: Value) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [value]
    if not isinstance(value, dict):
        return []
    items: list[str] = []
    for key, item in value.items():
        if item is None:
            items.append(key)
        else:
            items += [f"{key}={_scalar(one)}" for one in (item if isinstance(item, list) else [item])]
    return sorted(items)


def _scalar(value: Value) -> str:
    if isinstance(value, dict | list):
        raise Fault("This may not be a mapping or a list")
    return to_text(value)


def _hosts(base: Value, override: Value, _rules: Rules[_Merge]) -> list[Any]:
    return _added(_as_sequence(base), _as_sequence(override))


def _dependencies(base: Value, override: Value, rules: Rules[_Merge]) -> dict[str, Any]:
    default = {"condition": "service_started", "required": True}
    return _mappings(_as_mapping(base, default), _as_mapping(override, default), rules)


def _networks(base: Value, override: Value, rules: Rules[_Merge]) -> dict[str, Any]:
    return _mappings(_as_mapping(base), _as_mapping(override), rules)


def _as_mapping(value: Value, default: dict[str, Any] | None = None) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {to_text(name): None if default is None else dict(default) for name in value}
    return {}


def _logging(base: Value, override: Value, rules: Rules[_Merge]) -> Value:
    """Options of one driver mean nothing to another."""
    if not isinstance(base, dict) or not isinstance(override, dict):
        return override
    drivers = base.get("driver"), override.get("driver")
    if drivers[0] == drivers[1] or None in drivers:
        return _mappings(base, override, rules)
    return override


def _build(base: Value, override: Value, rules: Rules[_Merge]) -> dict[str, Any]:
    return _mappings(_as_build(base), _as_build(override), rules)


def _as_build(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"context": value}
    return value if isinstance(value, dict) else {}


def _address_pools(base: Value, override: Value, rules: Rules[_Merge]) -> list[Any]:
    """Pools of one subnet are merged; others are added."""
    if not isinstance(base, list) or not isinstance(override, list):
        raise Fault("This must be a list")
    pools: list[Any] = []
    for original in base:
        for change in override:
            subnet = change.get("subnet")
            if subnet != original.get("subnet") and all(pool.get("subnet") != subnet for pool in pools):
                pools.append(change)
                continue
            merged = _mappings(original, change, rules)
            place = next((i for i, pool in enumerate(pools) if pool.get("subnet") == merged.get("subnet")), None)
            if place is None:
                pools.append(merged)
            else:
                pools[place] = merged
    return pools


def _unify(value: Value, rules: Rules[Callable[[Any], str]]) -> Value:
    if isinstance(value, dict):
        for key, item in value.items():
            below = rules.at(key)
            if below.empty or not isinstance(item, dict | list):
                continue
            try:
                value[key] = _unify(item, below)
            except Fault as fault:
                raise fault.below(key) from None
    elif isinstance(value, list) and rules.rule is not None:
        return _last_of_each(value, rules.rule)
    return value


def _last_of_each(items: list[Any], key: Callable[[Any], str]) -> list[Any]:
    kept: dict[str, Any] = {}
    for index, item in enumerate(items):
        try:
            kept[key(item)] = item
        except Fault as fault:
            raise fault.below(index) from None
    return list(kept.values())


_FILE: Rules[_Merge] = tree(
    {
        "networks.*.ipam.config": _address_pools,
        "networks.*.labels": _sequences,
        "volumes.*.labels": _sequences,
        "services.*.annotations": _sequences,
        "services.*.build": _build,
        "services.*.build.args": _sequences,
        "services.*.build.additional_contexts": _sequences,
        "services.*.build.extra_hosts": _hosts,
        "services.*.build.labels": _sequences,
        "services.*.command": _replace,
        "services.*.depends_on": _dependencies,
        "services.*.deploy.labels": _sequences,
        "services.*.dns": _sequences,
        "services.*.dns_opt": _sequences,
        "services.*.dns_search": _sequences,
        "services.*.entrypoint": _replace,
        "services.*.env_file": _sequences,
        "services.*.label_file": _sequences,
        "services.*.environment": _sequences,
        "services.*.extra_hosts": _hosts,
        "services.*.healthcheck.test": _replace,
        "services.*.labels": _sequences,
        "services.*.volumes.*.volume.labels": _sequences,
        "services.*.logging": _logging,
        "services.*.networks": _networks,
        "services.*.sysctls": _sequences,
        "services.*.tmpfs": _sequences,
        "services.*.ulimits.*": _replace,
    }
)

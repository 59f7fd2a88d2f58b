"""The canonical form as text, as ``docker compose config`` prints it."""

from __future__ import annotations

from harmony_desktop.stack.emit import emit
from harmony_desktop.stack.encode import Section
from harmony_desktop.stack.labels import escaped, scalar_json
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.values import Value

#: The order of the sections in YAML.
_ORDER = ("name", "services", "networks", "volumes", "secrets", "configs")


def to_json(project: Project) -> str:
    """The project as JSON. A dollar is doubled, so that the output can be read as a compose file again."""
    return _json(dict(sorted(project.spec.items())), "").replace("$", "$$")


def to_yaml(project: Project) -> str:
    """The project as YAML, its ``x-`` keys included. A dollar is doubled as in JSON."""
    spec = project.spec
    ordered = {key: spec[key] for key in _ORDER if key in spec}
    ordered |= {key: value for key, value in spec.items() if key not in _ORDER}
    return emit(_plain(ordered)).replace("$", "$$")


def _json(value: Value, margin: str) -> str:
    inner = margin + "  "
    if isinstance(value, dict):
        if not value:
            return "{}"
        parts = [f"{inner}{escaped(key)}: {_json(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{margin}}}"
    if isinstance(value, list):
        if not value:
            return "[]"
        return "[\n" + ",\n".join(inner + _json(item, inner) for item in value) + f"\n{margin}]"
    return scalar_json(value)


def _plain(value: Value) -> Value:
    """Sections as plain mappings, with what only YAML has and without what only JSON has."""
    if isinstance(value, Section):
        shown = {value.yaml_names.get(k, k): _plain(v) for k, v in value.items() if k not in value.json_only}
        return shown | {key: _plain(item) for key, item in value.extensions.items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value

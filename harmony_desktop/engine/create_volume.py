"""From a volume in its canonical form to what the engine is asked to create. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harmony_desktop.engine.create_values import compact
from harmony_desktop.stack.project import Volume

Json = dict[str, Any]


def volume(item: Volume, labels: Mapping[str, str]) -> Json:
    """Return the body of ``POST /volumes/create``."""
    return compact(
        {
            "Name": item.name,
            "Driver": item.spec.get("driver"),
            "DriverOpts": item.spec.get("driver_opts"),
            "Labels": dict(labels),
        }
    )

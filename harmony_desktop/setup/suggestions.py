"""The list of small, well-known models that ships as data (``resources/models.json``)."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from pathlib import Path

from harmony_desktop.assets import resources_dir
from harmony_desktop.control.models import Suggestion

_FILE = "models.json"
_log = logging.getLogger(__name__)


def suggestions(file: Path | None = None) -> tuple[Suggestion, ...]:
    """Return the suggestions; without a readable list there are none.

    Args:
        file: The list; None for the one that ships.
    """
    try:
        content = json.loads((file or resources_dir() / _FILE).read_bytes())
        known = {each.name for each in fields(Suggestion)}
        return tuple(
            Suggestion(**{name: value for name, value in model.items() if name in known}) for model in content["models"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _log.info("there are no suggestions of models: %s", error)
        return ()

"""Writes down what a desktop's applications announce to a screen reader, one JSON text a line.

Runs under the system's Python, which has pyatspi. Imports nothing of this project.
"""

import json
from typing import Any

import pyatspi  # type: ignore[import-not-found,unused-ignore]


def heard(event: Any) -> None:
    print(json.dumps(str(event.any_data)), flush=True)


pyatspi.Registry.registerEventListener(heard, "object:announcement")
print(json.dumps(""), flush=True)
pyatspi.Registry.start()

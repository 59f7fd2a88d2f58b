"""Reads and drives a desktop through its accessibility interface, as a screen reader would.

Runs under the system's Python, which has pyatspi: one JSON order a line on standard input, one JSON answer a line on
standard output. Imports nothing of this project.
"""

import json
import sys
from typing import Any

import pyatspi  # type: ignore[import-not-found,unused-ignore]

DEPTH = 40


def walk(node: Any, depth: int = 0) -> Any:
    yield node
    if depth >= DEPTH:
        return
    try:
        count = node.childCount
    except Exception:  # noqa: BLE001 - nodes vanish while one looks
        return
    for index in range(count):
        try:
            child = node.getChildAtIndex(index)
        except Exception:  # noqa: BLE001 - nodes vanish while one looks
            continue
        if child is not None:
            yield from walk(child, depth + 1)


def nodes() -> Any:
    desktop = pyatspi.Registry.getDesktop(0)
    for index in range(desktop.childCount):
        app = desktop.getChildAtIndex(index)
        if app is not None and app.name in {"harmony-desktop", "Harmony"}:
            yield from walk(app)


def role_of(node: Any) -> str:
    """Newer releases say "button" where older ones say "push button"."""
    role: str = node.getRoleName()
    return "button" if role == "push button" else role


def describe(node: Any) -> dict[str, Any] | None:
    try:
        states = node.getState()
        return {
            "role": role_of(node),
            "name": node.name,
            "description": node.description,
            "enabled": states.contains(pyatspi.STATE_ENABLED),
            "showing": states.contains(pyatspi.STATE_SHOWING),
            "focused": states.contains(pyatspi.STATE_FOCUSED),
            "checked": states.contains(pyatspi.STATE_CHECKED),
        }
    except Exception:  # noqa: BLE001 - nodes vanish while one looks
        return None


def found(order: dict[str, Any]) -> list[Any]:
    matches = []
    for node in nodes():
        try:
            if order.get("name") is not None and node.name != order["name"]:
                continue
            if order.get("role") is not None and role_of(node) != order["role"]:
                continue
            if order.get("showing", True) and not node.getState().contains(pyatspi.STATE_SHOWING):
                continue
        except Exception:  # noqa: BLE001 - nodes vanish while one looks
            continue
        matches.append(node)
    return matches


def focus() -> Any:
    """What has the focus, with its place: names alone need not tell two apart."""
    for node in nodes():
        try:
            states = node.getState()
            if states.contains(pyatspi.STATE_FOCUSED) and states.contains(pyatspi.STATE_SHOWING):
                if role_of(node) in {"frame", "dialog", "application"}:
                    continue
                box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
                return {"name": node.name, "role": role_of(node), "place": [box.x, box.y, box.width, box.height]}
        except Exception:  # noqa: BLE001 - nodes vanish while one looks
            continue
    return {"name": "", "role": "", "place": []}


def carry_out(order: dict[str, Any]) -> Any:
    if order["do"] == "focus":
        return focus()
    matches = found(order)
    if order["do"] == "find":
        return [said for node in matches if (said := describe(node)) is not None]
    if not matches:
        raise LookupError(f"nothing matches {order}")
    node = matches[0]
    if order["do"] == "where":
        box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        return [box.x, box.y, box.width, box.height]
    if order["do"] == "press":
        node.queryAction().doAction(0)
        return True
    if order["do"] == "text":
        text = node.queryText()
        return text.getText(0, text.characterCount)
    if order["do"] == "type":
        return bool(node.queryEditableText().setTextContents(order["text"]))
    raise ValueError(order)


def main() -> None:
    for line in sys.stdin:
        try:
            answer = {"ok": carry_out(json.loads(line))}
        except Exception as error:  # noqa: BLE001 - told to whoever gave the order
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()

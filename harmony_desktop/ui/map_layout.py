"""Where the map's boxes and lines go: callers to the left, callees to the right. Pure functions.

A small Sugiyama layout: cycles are opened, layers come from the longest path, long lines get waypoints in the layers
that they pass, and a few barycentre sweeps keep crossings low. Same input, same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from harmony_desktop.records import dataclass

#: The box of the person, left of all services.
YOU = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A box in logical pixels."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line from caller to callee: the points that it passes, its two ends included."""

    caller: str
    callee: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All boxes and lines, and the height that they need."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths in logical pixels."""

    you: float = 124.0
    widest: float = 204.0
    narrowest: float = 118.0
    height: float = 48.0
    row_gap: float = 24.0
    widest_gap: float = 190.0
    narrowest_gap: float = 36.0
    margin: float = 24.0


Slot = tuple[str, str]
"""A place in a column: (service, "") or, for a waypoint, (caller, callee)."""


def arrange(
    services: Sequence[str], calls: Mapping[str, Sequence[str]], entries: Sequence[str], width: float, sizes: Sizes
) -> Picture:
    """Lay out services and their calls in a given width.

    Args:
        services: Their names, callers first.
        calls: Callees of each service; unknown names are left out.
        entries: Services that the person calls.
        width: Pixels that there are.
        sizes: Lengths.
    """
    edges = _edges(services, calls)
    layers = _layers(services, edges)
    full = [(YOU, name) for name in services if name in entries] + edges
    level = {YOU: 0, **{name: layer + 1 for name, layer in layers.items()}}
    columns, chains = _columns(services, full, level)
    _sort(columns, chains)
    return _place(columns, chains, width, sizes)


def _edges(services: Sequence[str], calls: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    known = set(services)
    edges: list[tuple[str, str]] = []
    for caller in services:
        for callee in calls.get(caller, ()):
            if callee in known and callee != caller and (caller, callee) not in edges:
                edges.append((caller, callee))
    return edges


def _layers(services: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    callees: dict[str, list[str]] = {name: [] for name in services}
    for caller, callee in edges:
        callees[caller].append(callee)
    order: list[str] = []
    state: dict[str, int] = {}
    forward: list[tuple[str, str]] = []
    for root in services:  # an iterative depth-first walk; an edge back to an open service closes a cycle
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(callees[root]))]
        while stack:
            name, rest = stack[-1]
            for callee in rest:
                if state.get(callee) == 1:
                    continue
                forward.append((name, callee))
                if callee not in state:
                    state[callee] = 1
                    stack.append((callee, iter(callees[callee])))
                    break
            else:
                state[name] = 2
                order.append(name)
                stack.pop()
    layer = dict.fromkeys(services, 0)
    for name in reversed(order):
        for caller, callee in forward:
            if caller == name:
                layer[callee] = max(layer[callee], layer[name] + 1)
    return layer


def _columns(
    services: Sequence[str], edges: Sequence[tuple[str, str]], level: Mapping[str, int]
) -> tuple[list[list[Slot]], dict[tuple[str, str], list[Slot]]]:
    with_you = any(caller == YOU for caller, _ in edges)
    count = max(level.values()) + 1
    columns: list[list[Slot]] = [[] for _ in range(count)]
    if with_you:
        columns[0].append((YOU, ""))
    for name in services:
        columns[level[name]].append((name, ""))
    chains: dict[tuple[str, str], list[Slot]] = {}
    for caller, callee in edges:
        low, high = sorted((level[caller], level[callee]))
        waypoints: list[Slot] = [(caller, callee)] * max(0, high - low - 1)
        for offset, slot in enumerate(waypoints, start=low + 1):
            columns[offset].append(slot)
        if level[caller] > level[callee]:
            waypoints.reverse()
        chains[caller, callee] = [(caller, ""), *waypoints, (callee, "")]
    if not with_you:
        columns.pop(0)
    return columns, chains


def _sort(columns: list[list[Slot]], chains: Mapping[tuple[str, str], list[Slot]]) -> None:
    neighbours: dict[tuple[int, Slot], list[tuple[int, Slot]]] = {}
    where = {slot: i for i, column in enumerate(columns) for slot in column if slot[1] == ""}
    for chain in chains.values():
        first = where[chain[0]]
        step = 1 if where[chain[-1]] >= first else -1
        keyed = [(first + step * i, slot) for i, slot in enumerate(chain)]
        if where[chain[-1]] == first:
            keyed[-1] = (first, chain[-1])
        for one, other in pairwise(keyed):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    for sweep in range(6):
        forwards = sweep % 2 == 0
        for index in range(len(columns)) if forwards else reversed(range(len(columns))):
            beside = index - 1 if forwards else index + 1
            if not 0 <= beside < len(columns):
                continue
            rank = {slot: (i + 0.5) / len(columns[beside]) for i, slot in enumerate(columns[beside])}
            here = {slot: (i + 0.5) / len(columns[index]) for i, slot in enumerate(columns[index])}

            def weight(
                slot: Slot,
                index: int = index,
                beside: int = beside,
                rank: dict[Slot, float] = rank,
                here: dict[Slot, float] = here,
            ) -> float:
                ranks = [rank[other] for column, other in neighbours.get((index, slot), ()) if column == beside]
                return sum(ranks) / len(ranks) if ranks else here[slot]

            columns[index].sort(key=weight)


def _place(
    columns: list[list[Slot]], chains: Mapping[tuple[str, str], list[Slot]], width: float, sizes: Sizes
) -> Picture:
    has_you = bool(columns) and (YOU, "") in columns[0]
    count = len(columns)
    inner = width - 2 * sizes.margin
    boxes = count - (1 if has_you else 0)
    gap, box = sizes.widest_gap, min(sizes.widest, inner)
    you = sizes.you if has_you else 0.0
    if count > 1:
        crowded = inner < you + boxes * sizes.narrowest + sizes.narrowest_gap * (count - 1)
        tight = sizes.narrowest_gap * (0.6 if crowded else 1.0)
        you *= 0.7 if crowded else 1.0
        free = inner - you - boxes * sizes.narrowest
        gap = min(sizes.widest_gap, max(tight, 0.5 * free / (count - 1)))
        box = min(sizes.widest, (inner - you - gap * (count - 1)) / max(1, boxes))
        gap = min(sizes.widest_gap, (inner - you - box * boxes) / (count - 1))
    used = you + boxes * box + gap * (count - 1)
    left = max(sizes.margin, (width - used) / 2)

    def tall(slot: Slot) -> float:
        return sizes.height if slot[1] == "" else sizes.height * 0.4

    heights = [sum(map(tall, column)) + sizes.row_gap * (len(column) - 1) for column in columns]
    whole = max(heights, default=0.0) + 2 * sizes.margin
    made: list[Box] = []
    spots: dict[tuple[int, Slot], tuple[float, float, float]] = {}
    x = left
    for index, column in enumerate(columns):
        wide = you if has_you and index == 0 else box
        y = (whole - heights[index]) / 2
        for slot in column:
            high = tall(slot)
            spots[index, slot] = (x, x + wide, y + high / 2)
            if slot[1] == "":
                made.append(Box(slot[0], x, y, wide, high))
            y += high + sizes.row_gap
        x += wide + gap
    where = {slot: index for index, slot in spots if slot[1] == ""}
    lines = []
    for (caller, callee), chain in chains.items():
        first, last = where[chain[0]], where[chain[-1]]
        step = 1 if last >= first else -1
        points: list[tuple[float, float]] = []
        for offset, slot in enumerate(chain):
            from_x, to_x, middle = spots[last if slot == chain[-1] else first + step * offset, slot]
            if slot == chain[0]:
                points.append((to_x if step > 0 else from_x, middle))
            elif slot == chain[-1]:
                points.append((from_x if step > 0 else to_x, middle))
            else:
                points.extend([(from_x, middle), (to_x, middle)] if step > 0 else [(to_x, middle), (from_x, middle)])
        lines.append(Line(caller, callee, tuple(points)))
    return Picture(tuple(made), tuple(lines), whole)

"""Networks of the same name: engines before 25 make two when two programs ask at the same moment. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict

from harmony_desktop.plan.observed import Observed, ObservedNetwork


def twins(observed: Observed) -> dict[str, tuple[ObservedNetwork, tuple[ObservedNetwork, ...]]]:
    """Return, for each network name that is there several times, the one to keep and those to remove.

    Kept is the one that most containers have joined; where that does not tell, all who look choose the same one.
    """
    by_name: dict[str, list[ObservedNetwork]] = defaultdict(list)
    for network in observed.networks:
        by_name[network.name].append(network)
    joined = Counter(identifier for c in observed.containers for identifier in c.networks.values())
    found: dict[str, tuple[ObservedNetwork, tuple[ObservedNetwork, ...]]] = {}
    for name, same in by_name.items():
        if len(same) > 1:
            keep, *others = sorted(same, key=lambda network: (-joined[network.id], network.id))
            found[name] = keep, tuple(others)
    return found


def without_twins(observed: Observed) -> tuple[ObservedNetwork, ...]:
    """Return the networks, one of each name."""
    kept = {name: keep.id for name, (keep, _) in twins(observed).items()}
    return tuple(n for n in observed.networks if kept.get(n.name, n.id) == n.id)

"""Rules that belong to paths of the compose model, as a tree that is walked along with a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Generic, TypeVar

from harmony_desktop.records import dataclass

_Rule = TypeVar("_Rule")


@dataclass(slots=True)
class Rules(Generic[_Rule]):
    """The rule of one path, and those of the paths below.

    Attributes:
        rule: What is done with the value here, if anything.
        below: Rules by key.
        others: Rules for any other key.
    """

    rule: _Rule | None = None
    below: dict[str, Rules[_Rule]] = field(default_factory=dict)
    others: Rules[_Rule] | None = None

    def at(self, key: str) -> Rules[_Rule]:
        """The rules of what stands under ``key``."""
        return self.below.get(key) or self.others or Rules()

    @property
    def empty(self) -> bool:
        """Whether there is no rule here nor below."""
        return self.rule is None and self.others is None and not self.below


def tree(rules: Mapping[str, _Rule]) -> Rules[_Rule]:
    """Rules by dotted path, ``*`` for any key, as a tree."""
    root: Rules[_Rule] = Rules()
    for path, rule in rules.items():
        node = root
        for part in path.split("."):
            if part == "*":
                node.others = node.others or Rules()
                node = node.others
            else:
                node = node.below.setdefault(part, Rules())
        node.rule = rule
    return root

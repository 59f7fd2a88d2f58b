"""Qt's bindings keep their references to None and True (PySide6 6.12.0 on Python 3.11 loses them and aborts)."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal

ROUNDS = 20_000
#: Python 3.12 made these objects immortal: their counts no longer move at all.
SLACK = 500


class Sender(QObject):
    fired = Signal(bool)


@pytest.mark.parametrize("kept", [None, True])
def test_reference_counts_stay_put(kept: object) -> None:
    sender = Sender()
    heard = 0

    def hear(_value: bool) -> None:
        nonlocal heard
        heard += 1

    sender.fired.connect(hear)
    before = sys.getrefcount(kept)
    for _ in range(ROUNDS):
        sender.fired.emit(True)
        sender.setObjectName("x")
    assert abs(sys.getrefcount(kept) - before) < SLACK
    assert heard == ROUNDS

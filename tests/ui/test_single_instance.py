"""One window per user: the second launch knocks, the first answers, or ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.single_instance import Farewell, SingleInstance


@pytest.fixture
def first(qtbot: QtBot, tmp_path: object) -> Iterator[SingleInstance]:
    made = SingleInstance(str(tmp_path))
    made.open()
    yield made
    made.close()


#: A second launch, as far as it is about the first one.
SECOND = """
import sys
from PySide6.QtCore import QCoreApplication
from harmony_desktop.ui.single_instance import SingleInstance
app = QCoreApplication([])
sys.exit(0 if SingleInstance(sys.argv[1]).raise_other() else 1)
"""


@pytest.mark.parametrize("token", ["", "token-from-the-desktop"])
def test_a_second_launch_raises_the_first(
    first: SingleInstance, tmp_path: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    environ = {**os.environ, "XDG_ACTIVATION_TOKEN": token}
    second = subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path)], env=environ)
    try:
        with qtbot.waitSignal(first.raised, timeout=20_000):
            pass
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
        assert second.returncode == 0
    finally:
        second.kill()
        second.wait()
    assert os.environ["XDG_ACTIVATION_TOKEN"] == token


def test_another_scope_is_another_panel(first: SingleInstance, tmp_path: object) -> None:
    assert not SingleInstance(f"{tmp_path}/other").raise_other()
    assert not SingleInstance(f"{tmp_path}/other").raise_other()


#: A panel that runs and ends when it is asked to, or (with "stays") has something to ask first.
RUNNING = """
import sys
from PySide6.QtCore import QCoreApplication
from harmony_desktop.ui.single_instance import SingleInstance
app = QCoreApplication([])
door = SingleInstance(sys.argv[1])
if sys.argv[2] != "stays":
    door.end_wanted.connect(app.quit)
door.open()
print("open", flush=True)
app.exec()
"""


@pytest.mark.parametrize(("manner", "limit", "farewell"), [("ends", 20_000, "ENDED"), ("stays", 300, "STAYS")])
def test_a_panel_that_runs_is_ended(qtbot: QtBot, tmp_path: object, manner: str, limit: int, farewell: str) -> None:
    running = subprocess.Popen([sys.executable, "-c", RUNNING, str(tmp_path), manner], stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == b"open"
        assert SingleInstance(str(tmp_path)).end_other(limit) is Farewell[farewell]
        if farewell == "ENDED":
            assert running.wait(20) == 0
    finally:
        running.kill()
        running.communicate()


def test_where_no_panel_runs_there_is_none_to_end(qtbot: QtBot, tmp_path: object) -> None:
    assert SingleInstance(str(tmp_path)).end_other() is Farewell.NOBODY

"""One window per user: the second launch knocks, the first answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.single_instance import SingleInstance


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

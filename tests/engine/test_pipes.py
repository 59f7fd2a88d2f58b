"""Errors of Windows' pipes, played without Windows: what pywin32 raises is known by its module and its number."""

from __future__ import annotations

import pytest

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine.discover import status_of
from harmony_desktop.engine.faults import root_cause, translated
from harmony_desktop.engine.pipes import as_os_error


class WindowsError(Exception):
    """As ``pywintypes.error``: its number, the call that failed, and its words."""

    def __init__(self, winerror: int, strerror: str) -> None:
        super().__init__(winerror, "CreateFile", strerror)
        self.winerror, self.strerror = winerror, strerror


WindowsError.__module__ = "pywintypes"


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (2, EngineStatus.STOPPED),
        (5, EngineStatus.DENIED),
        (109, EngineStatus.UNREACHABLE),
        (121, EngineStatus.UNREACHABLE),
        (233, EngineStatus.UNREACHABLE),
    ],
)
def test_a_pipe_that_cannot_be_opened_says_what_a_socket_would(number: int, state: EngineStatus) -> None:
    with pytest.raises(EngineUnavailableError) as told, translated("ask the engine"):
        raise WindowsError(number, "The system says so.")
    assert status_of(root_cause(told.value.__cause__ or told.value), installed=True) is state


def test_other_errors_stay_what_they_are() -> None:
    assert as_os_error(KeyError("x")) is None
    with pytest.raises(KeyError), translated("ask the engine"):
        raise KeyError("x")

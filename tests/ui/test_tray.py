"""The tray's menu, a tray that goes, and where notices are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.ui.bus_message import ERROR, RETURN, SIGNAL, Message, take
from harmony_desktop.ui.notification_service import NotificationService, bus_address

from .conftest import Panel

Make = Callable[..., Panel]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged", extend=True)


def checked(shown: Panel) -> list[str]:
    return [name for name, action in shown.ui.tray.profiles.items() if action.isChecked()]


def test_the_profile_in_force_is_marked_and_another_can_be_chosen(panel: Make) -> None:
    shown = panel("ready")
    shown.ui.tray.show_state(shown.state)
    assert checked(shown) == ["auto"]
    shown.ui.tray.profiles["cpu"].trigger()
    assert shown.calls() == [("choose_hardware", "cpu")]
    assert checked(shown) == ["auto"], "what is in force is for the core to tell"
    shown.change(hardware=replace(shown.state.hardware, automatic=False, profile="cpu"))
    assert checked(shown) == ["cpu"]
    shown.ui.tray.profiles["cpu"].trigger()
    assert shown.calls() == [("choose_hardware", "cpu")]
    assert checked(shown) == ["cpu"]


@pytest.mark.parametrize("name", ["first-run", "loading", "broken"])
def test_no_profile_can_be_chosen_where_there_is_no_stack(panel: Make, name: str) -> None:
    shown = panel(name)
    shown.ui.tray.show_state(shown.state)
    assert not any(action.isEnabled() for action in shown.ui.tray.profiles.values())


def test_no_profile_can_be_chosen_while_something_goes_on(panel: Make) -> None:
    shown = panel("ready")
    shown.change(operation=Operation(OperationKind.RESTART))
    assert not shown.ui.tray.profiles["cpu"].isEnabled()


def test_a_window_that_waits_in_a_tray_that_goes_is_shown(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True, told__tray=True)
    shown.ui.tray._grace.setInterval(0)
    qtbot.waitUntil(lambda: shown.ui.tray.icon is not None)
    shown.window.close()
    assert not shown.window.isVisible()
    shown.tray[0] = False
    shown.ui.tray.look_for_tray()
    qtbot.waitUntil(shown.window.isVisible)


def test_a_tray_that_starts_anew_shows_nothing(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready", tray=True, told__tray=True)
    qtbot.waitUntil(lambda: shown.ui.tray.icon is not None)
    shown.window.close()
    shown.tray[0] = False
    shown.ui.tray.look_for_tray()
    shown.tray[0] = True
    shown.ui.tray._grace.timeout.emit()
    assert shown.ui.tray.icon is not None
    assert not shown.window.isVisible()


# The notification service, played on a socket of our own


class Bus(QObject):
    """A session bus with a notification service on it, or without one.

    Args:
        path: Of its socket.
        capabilities: What the service can do; None for a bus without one.
    """

    def __init__(self, path: Path, capabilities: list[str] | None) -> None:
        super().__init__()
        self.environ = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path},guid=0"}
        self.capabilities = capabilities
        self.told: list[tuple[str, str]] = []
        self._buffer = bytearray()
        self._greeted = False
        self._socket: QLocalSocket | None = None
        self.server = QLocalServer(self)
        self.server.newConnection.connect(self._welcome)
        assert self.server.listen(str(path))

    def send(self, message: Message) -> None:
        assert self._socket is not None
        self._socket.write(message.to_bytes())
        self._socket.flush()

    def signal(self, member: str, number: int) -> None:
        body = (number, "default") if member == "ActionInvoked" else (number, 2)
        kinds = "us" if member == "ActionInvoked" else "uu"
        self.send(Message(SIGNAL, 99, "/x", "org.freedesktop.Notifications", member, signature=kinds, body=body))

    def hang_up(self) -> None:
        assert self._socket is not None
        self._socket.abort()

    def _welcome(self) -> None:
        self._socket = self.server.nextPendingConnection()
        self._greeted = False
        self._buffer.clear()
        self._socket.readyRead.connect(self._read)

    def _read(self) -> None:
        assert self._socket is not None
        self._buffer += self._socket.readAll().data()
        if not self._greeted:
            if b"BEGIN\r\n" not in self._buffer:
                assert self._buffer.startswith(b"\0AUTH EXTERNAL ")
                self._socket.write(b"OK 0123456789abcdef\r\n")
                return
            self._greeted = True
            del self._buffer[: self._buffer.index(b"BEGIN\r\n") + 7]
        while (message := take(self._buffer)) is not None:
            self._answer(message)

    def _answer(self, message: Message) -> None:
        if message.interface != "org.freedesktop.Notifications":
            self.send(Message(RETURN, 1, reply_to=message.serial))
        elif self.capabilities is None:
            self.send(Message(ERROR, 1, error="org.freedesktop.DBus.Error.ServiceUnknown", reply_to=message.serial))
        elif message.member == "GetCapabilities":
            self.send(Message(RETURN, 1, reply_to=message.serial, signature="as", body=(self.capabilities,)))
        else:
            title, text = message.body[3], message.body[4]
            assert isinstance(title, str)
            assert isinstance(text, str)
            self.told.append((title, text))
            self.send(Message(RETURN, 1, reply_to=message.serial, signature="u", body=(len(self.told),)))


@pytest.fixture
def services() -> Iterator[list[NotificationService]]:
    made: list[NotificationService] = []
    yield made
    for service in made:
        service.close()


def make(services: list[NotificationService], environ: dict[str, str]) -> tuple[NotificationService, list[object]]:
    service = NotificationService(None, environ)
    heard: list[object] = []
    service.clicked.connect(lambda: heard.append("clicked"))
    service.refused.connect(lambda title, text: heard.append((title, text)))
    services.append(service)
    return service, heard


@pytest.mark.parametrize(("capabilities", "text"), [(["body"], "1 < 2 & 3"), (["body-markup"], "1 &lt; 2 &amp; 3")])
def test_notices_are_told_one_after_the_other(
    tmp_path: Path, qtbot: QtBot, services: list[NotificationService], capabilities: list[str], text: str
) -> None:
    bus = Bus(tmp_path / "bus", capabilities)
    service, heard = make(services, bus.environ)
    service.tell("First", "1 < 2 & 3")
    service.tell("Second", "")
    qtbot.waitUntil(lambda: bus.told == [("First", text), ("Second", "")])
    service.tell("Third", "")
    qtbot.waitUntil(lambda: len(bus.told) == 3)
    assert heard == []


def test_a_click_on_one_of_ours_is_heard(tmp_path: Path, qtbot: QtBot, services: list[NotificationService]) -> None:
    bus = Bus(tmp_path / "bus", [])
    service, heard = make(services, bus.environ)
    service.tell("First", "")
    qtbot.waitUntil(lambda: service._shown == {1})
    bus.signal("ActionInvoked", 7)
    bus.signal("ActionInvoked", 1)
    qtbot.waitUntil(lambda: heard == ["clicked"])
    bus.signal("NotificationClosed", 1)
    bus.signal("ActionInvoked", 1)
    qtbot.waitUntil(lambda: not service._shown)
    assert heard == ["clicked"]


def test_what_nobody_takes_is_given_back(tmp_path: Path, qtbot: QtBot, services: list[NotificationService]) -> None:
    without = Bus(tmp_path / "b", None)
    for environ in ({}, {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/nothing"}, without.environ):
        service, heard = make(services, environ)
        service.tell("First", "text")
        qtbot.waitUntil(lambda heard=heard: heard == [("First", "text")])  # type: ignore[misc]


def test_a_bus_that_goes_is_found_again(tmp_path: Path, qtbot: QtBot, services: list[NotificationService]) -> None:
    bus = Bus(tmp_path / "bus", [])
    service, heard = make(services, bus.environ)
    service.tell("First", "")
    qtbot.waitUntil(lambda: service._shown == {1})
    bus.hang_up()
    qtbot.waitUntil(lambda: service._socket is None)
    service.tell("Second", "")
    qtbot.waitUntil(lambda: [title for title, _ in bus.told] == ["First", "Second"])
    assert heard == []


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus"}, ("/run/user/1000/bus", False)),
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:abstract=/tmp/dbus-x,guid=1"}, ("/tmp/dbus-x", True)),
        ({"DBUS_SESSION_BUS_ADDRESS": "tcp:host=h;unix:path=/a%20b"}, ("/a b", False)),
        ({"DBUS_SESSION_BUS_ADDRESS": "autolaunch:"}, ("", False)),
        ({"XDG_RUNTIME_DIR": "/nowhere"}, ("", False)),
        ({}, ("", False)),
    ],
)
def test_where_the_bus_is(environ: dict[str, str], found: tuple[str, bool]) -> None:
    assert bus_address(environ) == found

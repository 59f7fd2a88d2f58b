"""The desktop's own notifications (org.freedesktop.Notifications): told without a tray, and heard when clicked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalSocket

from harmony_desktop import assets
from harmony_desktop.ui.bus_message import (
    CALL,
    ERROR,
    RETURN,
    SIGNAL,
    Message,
    NotUnderstoodError,
    Value,
    Variant,
    take,
)
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.single_instance import take_token

_SERVICE = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_BUS = "org.freedesktop.DBus"
#: Milliseconds that the service gets to take a notice: it may have to be started first.
_PATIENCE = 5_000
_DEFAULT_ACTION = "default"


class NotificationService(QObject):
    """Speaks to the notification service over the session bus; connects when there is something to tell.

    Args:
        parent: Its owner, if it has one.
        environ: Where the bus's address is.
    """

    clicked = Signal()
    """Somebody has clicked one of our notices."""
    refused = Signal(str, str)
    """Title and text of a notice that nobody took."""

    def __init__(self, parent: QObject | None, environ: Mapping[str, str] | None = None) -> None:
        super().__init__(parent)
        self._environ = os.environ if environ is None else environ
        self._socket: QLocalSocket | None = None
        self._buffer = bytearray()
        self._greeted = False
        self._serial = 0
        self._waiting: list[tuple[str, str]] = []
        self._sent: dict[int, tuple[str, str]] = {}
        self._shown: set[int] = set()
        self._question = 0
        """The number of the question for what the service can do, until it is answered."""
        self._markup = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._give_up)

    def tell(self, title: str, text: str) -> None:
        """Show a notice; ``refused`` tells when that was not possible."""
        self._waiting.append((title, text))
        self._patience.start()
        if self._socket is None:
            self._connect()
        elif self._greeted and not self._question:
            self._send_waiting()

    def close(self) -> None:
        """Hear of no more clicks."""
        self._patience.stop()
        self._waiting = []
        self._sent = {}
        self._shown = set()
        self._drop()

    def _connect(self) -> None:
        name, abstract = bus_address(self._environ)
        if not name:
            QTimer.singleShot(0, self, self._give_up)
            return
        socket = QLocalSocket(self)
        if abstract:
            socket.setSocketOptions(QLocalSocket.SocketOption.AbstractNamespaceOption)
        socket.connected.connect(self._greet)
        socket.readyRead.connect(self._read)
        socket.errorOccurred.connect(self._give_up)
        self._socket = socket
        self._buffer.clear()
        socket.connectToServer(name)

    def _greet(self) -> None:
        if self._socket is not None:
            self._socket.write(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")

    def _read(self) -> None:
        if self._socket is None:
            return
        self._buffer += self._socket.readAll().data()
        try:
            if not self._greeted and not self._authenticated():
                return
            while (message := take(self._buffer)) is not None:
                self._take(message)
        except NotUnderstoodError:
            self._give_up()

    def _authenticated(self) -> bool:
        """Read the bus's answer to our name, and introduce ourselves."""
        answer, end, _ = bytes(self._buffer).partition(b"\r\n")
        if not end or self._socket is None:
            return False
        if not answer.startswith(b"OK "):
            raise NotUnderstoodError("not let in")
        del self._buffer[: len(answer) + 2]
        self._greeted = True
        self._socket.write(b"BEGIN\r\n")
        self._call(_BUS, "/org/freedesktop/DBus", _BUS, "Hello")
        rule = f"type='signal',interface='{_SERVICE}',path='{_PATH}'"
        self._call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", (rule,))
        self._question = self._call(_SERVICE, _PATH, _SERVICE, "GetCapabilities")
        return True

    def _send_waiting(self) -> None:
        for title, text in self._waiting:
            hints = {"desktop-entry": Variant("s", "harmony-desktop"), "urgency": Variant("y", 1)}
            actions = (_DEFAULT_ACTION, tr("Show Harmony"))
            icon = (assets.resources_dir() / "harmony.svg").as_uri()
            words = _escaped(text) if self._markup else text
            body = (tr("Harmony"), 0, icon, title, words, actions, hints, -1)
            serial = self._call(_SERVICE, _PATH, _SERVICE, "Notify", "susssasa{sv}i", body)
            self._sent[serial] = (title, text)
        self._waiting = []

    def _call(
        self, to: str, path: str, interface: str, member: str, signature: str = "", body: tuple[Value, ...] = ()
    ) -> int:
        self._serial += 1
        message = Message(
            CALL,
            self._serial,
            path=path,
            interface=interface,
            member=member,
            destination=to,
            signature=signature,
            body=body,
        )
        if self._socket is not None:
            self._socket.write(message.to_bytes())
            self._socket.flush()
        return self._serial

    def _take(self, message: Message) -> None:
        if self._question and message.reply_to == self._question:
            # A service that cannot say what it can do is still told.
            able = message.body[0] if message.kind == RETURN and message.body else []
            self._markup = isinstance(able, list) and "body-markup" in able
            self._question = 0
            self._send_waiting()
        elif message.reply_to in self._sent and message.kind in {RETURN, ERROR}:
            notice = self._sent.pop(message.reply_to)
            if message.kind == ERROR:
                self.refused.emit(*notice)
            elif message.body and isinstance(message.body[0], int):
                self._shown.add(message.body[0])
            if not self._sent and not self._waiting:
                self._patience.stop()
        elif message.kind == SIGNAL and message.interface == _SERVICE and message.body:
            number = message.body[0]
            if number not in self._shown:
                return
            if message.member == "ActivationToken" and len(message.body) > 1:
                take_token(str(message.body[1]))
            elif message.member == "ActionInvoked":
                self.clicked.emit()
            elif message.member == "NotificationClosed":
                self._shown.discard(number)

    def _give_up(self, _error: object = None) -> None:
        """Tell otherwise what could not be told here, and begin anew with the next notice."""
        self._patience.stop()
        untold = [*self._sent.values(), *self._waiting]
        self._sent, self._waiting, self._shown = {}, [], set()
        self._drop()
        for title, text in untold:
            self.refused.emit(title, text)

    def _drop(self) -> None:
        socket, self._socket, self._greeted, self._question = self._socket, None, False, 0
        if socket is not None:
            socket.blockSignals(True)
            socket.abort()
            socket.deleteLater()


def bus_address(environ: Mapping[str, str]) -> tuple[str, bool]:
    """Return the session bus's socket and whether its name is abstract; "" where there is none."""
    for address in environ.get("DBUS_SESSION_BUS_ADDRESS", "").split(";"):
        transport, _, rest = address.partition(":")
        values = dict(pair.partition("=")[::2] for pair in rest.split(","))
        if transport == "unix" and values.get("path"):
            return unquote(values["path"]), False
        if transport == "unix" and values.get("abstract"):
            return unquote(values["abstract"]), True
    usual = Path(environ.get("XDG_RUNTIME_DIR", "/nowhere")) / "bus"
    return (str(usual), False) if usual.is_socket() else ("", False)


def _escaped(text: str) -> str:
    """Return a text for a service that may take it for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

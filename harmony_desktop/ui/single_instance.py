"""One window per user: a second launch raises the first, or ends it."""

from __future__ import annotations

import enum
import os

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from harmony_desktop.ui.doorstep import door_name

#: Milliseconds that a running panel gets to answer the door.
_KNOCK_LIMIT = 1000
#: Milliseconds that a running panel gets to end: to write what is not written, and to ask about what is not saved.
_END_LIMIT = 20_000
_RAISE, _END = b"raise", b"end"
_COMING = b"coming\n"


#: Where Qt looks for the right to come to the front (Wayland gives it to whoever the user has just dealt with).
_RIGHT_TO_THE_FRONT = "XDG_ACTIVATION_TOKEN"


def take_token(token: str) -> None:
    """Come to the front the next time with the right that somebody else was given."""
    if token:
        os.environ[_RIGHT_TO_THE_FRONT] = token


class Farewell(enum.Enum):
    """What became of the wish that a running panel may end."""

    NOBODY = "nobody"  # none runs
    ENDED = "ended"
    STAYS = "stays"  # it waits for an answer, or hangs


class SingleInstance(QObject):
    """The door of the panel that runs.

    Args:
        scope: What may be open only once (the settings' path): panels with other settings are other panels.
    """

    raised = Signal()
    """A second launch wants to see the window."""
    end_wanted = Signal()
    """Somebody wants the panel to end: who installs another release, for instance."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._name = door_name(scope)
        self._server: QLocalServer | None = None

    def raise_other(self) -> bool:
        """Ask a panel that runs to show itself; return whether there is one."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_KNOCK_LIMIT):
            return False
        token = os.environ.get(_RIGHT_TO_THE_FRONT, "")
        socket.write(b" ".join((_RAISE, token.encode())).strip() + b"\n")
        socket.flush()
        # A panel that hangs does not answer: then a second window is better than none.
        answered = socket.waitForReadyRead(_KNOCK_LIMIT) and socket.readAll().data() == _COMING
        socket.disconnectFromServer()
        return bool(answered)

    def end_other(self, limit: int = _END_LIMIT) -> Farewell:
        """Ask a panel that runs to end, and wait until its process has.

        Args:
            limit: Milliseconds to wait.
        """
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_KNOCK_LIMIT):
            return Farewell.NOBODY
        # Not by waitForDisconnected, which "may fail randomly on Windows" by its documentation, and was seen to hang.
        loop = QEventLoop()
        socket.disconnected.connect(loop.quit)
        QTimer.singleShot(limit, loop, loop.quit)
        socket.write(_END + b"\n")
        socket.flush()
        if socket.state() is QLocalSocket.LocalSocketState.ConnectedState:
            loop.exec()
        gone = socket.state() is QLocalSocket.LocalSocketState.UnconnectedState
        return Farewell.ENDED if gone else Farewell.STAYS

    def open(self) -> None:
        """Answer the door from now on."""
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            # A panel that was killed leaves its socket behind.
            QLocalServer.removeServer(self._name)
            server.listen(self._name)
        server.newConnection.connect(self._welcome)
        self._server = server

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _welcome(self) -> None:
        server = self._server
        while server is not None and (socket := server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._listen(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._listen(socket)

    def _listen(self, socket: QLocalSocket) -> None:
        word, _, token = bytes(socket.readAll().data()).strip().partition(b" ")
        if word == _RAISE:
            take_token(token.decode(errors="replace"))
            socket.write(_COMING)
            socket.flush()
            self.raised.emit()
        elif word == _END:
            # No answer but the end of the connection, which comes with that of the process.
            self.end_wanted.emit()

"""What a desktop has on its session bus, played: the watcher and host of tray icons, and the notification service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from dbus_fast import BusType, Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

from tests.lab.waiting import wait_until

WATCHER = "org.kde.StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"
_ITEM = "org.kde.StatusNotifierItem"
_MENU = "com.canonical.dbusmenu"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_PATIENCE = 20.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Note:
    """One call of Notify."""

    id: int
    app: str
    title: str
    text: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of a menu, with those below it."""

    id: int
    label: str
    enabled: bool = True
    checked: bool = False
    below: tuple[Entry, ...] = ()

    def find(self, label: str) -> Entry:
        """Return the entry of that label, here or below."""
        for entry in self.below:
            if entry.label == label:
                return entry
            try:
                return entry.find(label)
            except LookupError:
                continue
        raise LookupError(label)

    def labels(self) -> list[str]:
        """The labels of the entries right below."""
        return [entry.label for entry in self.below if entry.label]


class SessionBus:
    """A client of a session bus that plays the desktop; it ends with the ``with`` block.

    Args:
        address: Of the bus.
        markup: Whether the notification service takes markup.
    """

    def __init__(self, address: str, *, markup: bool = False) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="session-bus")
        self._capabilities = ["body", "actions", *(["body-markup"] if markup else [])]
        self._bus: MessageBus | None = None
        self.items: list[str] = []
        """The tray icons that have registered with this watcher."""
        self.notes: list[Note] = []
        """What the notification service was told."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        if self._bus is not None:
            self._do(self._close(self._bus))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    # The desktop

    def start_watcher(self) -> None:
        """Have a tray from now on."""
        self._own(WATCHER)

    def stop_watcher(self) -> None:
        """Have no tray any more."""
        self.items.clear()
        self._do(self._there().release_name(WATCHER))

    def start_notifications(self) -> None:
        """Show notices from now on."""
        self._own(NOTIFICATIONS)

    def click_note(self, note: Note) -> None:
        """Click a notice."""
        self._do(self._emit(NOTIFICATIONS, "ActionInvoked", "us", [note.id, "default"]))

    def titles(self) -> list[str]:
        """The titles of all notices so far."""
        return [note.title for note in self.notes]

    # The tray icon, as a desktop's panel sees it

    def wait_for_icon(self) -> None:
        """Wait until an icon has registered."""
        wait_until(lambda: self.items, "the tray icon", seconds=_PATIENCE, pause=0.05)

    def property(self, name: str) -> Any:
        """Return a property of the icon."""
        reply = self._call("/StatusNotifierItem", _PROPERTIES, "Get", "ss", [_ITEM, name])
        return reply[0].value

    def tooltip(self) -> str:
        """The title of the icon's tooltip, and its text below it."""
        _, _, title, text = self.property("ToolTip")
        return f"{title}\n{text}".strip()

    def picture(self) -> bytes:
        """The icon in its smallest size."""
        found = min(self.property("IconPixmap"), key=lambda each: int(each[0]))
        return bytes(found[2])

    def activate(self) -> None:
        """Click the icon."""
        self._call("/StatusNotifierItem", _ITEM, "Activate", "ii", [0, 0])

    def menu(self) -> Entry:
        """Return the icon's menu."""
        _, layout = self._call(self.property("Menu"), _MENU, "GetLayout", "iias", [0, -1, []])
        return _entry(layout)

    def press(self, label: str) -> None:
        """Choose an entry of the menu."""
        entry = self.menu().find(label)
        if not entry.enabled:
            raise AssertionError(f"“{label}” is grey")
        self._call(self.property("Menu"), _MENU, "Event", "isvu", [entry.id, "clicked", Variant("s", ""), 0])

    # The bus

    def _there(self) -> MessageBus:
        assert self._bus is not None
        return self._bus

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        future: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(_PATIENCE)

    def _own(self, name: str) -> None:
        assert self._do(self._there().request_name(name)) is RequestNameReply.PRIMARY_OWNER

    async def _open(self) -> None:
        self._bus = await MessageBus(bus_address=self._address, bus_type=BusType.SESSION).connect()
        self._bus.add_message_handler(self._answer)

    async def _close(self, bus: MessageBus) -> None:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call] # as the library has it

    async def _emit(self, interface: str, member: str, signature: str, body: list[Any]) -> None:
        path = "/" + interface.replace(".", "/") if interface == NOTIFICATIONS else "/StatusNotifierWatcher"
        await self._there().send(Message.new_signal(path, interface, member, signature, body))

    def _call(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        message = Message(
            destination=self.items[-1], path=path, interface=interface, member=member, signature=signature, body=body
        )
        reply = self._do(self._there().call(message))
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise LookupError(f"{member}: {reply.error_name} {reply.body}")
        return list(reply.body)

    def _answer(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        answers: dict[tuple[str | None, str | None], Callable[[Message], Message]] = {
            (WATCHER, "RegisterStatusNotifierItem"): self._register,
            (_PROPERTIES, "Get"): self._get,
            (NOTIFICATIONS, "GetCapabilities"): lambda m: Message.new_method_return(m, "as", [self._capabilities]),
            (NOTIFICATIONS, "Notify"): self._notify,
        }
        answer = answers.get((message.interface, message.member))
        return answer(message) if answer else None

    def _register(self, message: Message) -> Message:
        name = str(message.body[0])
        self.items.append(name if "." in name else str(message.sender))
        return Message.new_method_return(message)

    def _get(self, message: Message) -> Message:
        values = {
            "IsStatusNotifierHostRegistered": Variant("b", True),
            "RegisteredStatusNotifierItems": Variant("as", self.items),
            "ProtocolVersion": Variant("i", 0),
        }
        return Message.new_method_return(message, "v", [values[message.body[1]]])

    def _notify(self, message: Message) -> Message:
        app, _, _, title, text, actions, _, _ = message.body
        self.notes.append(Note(len(self.notes) + 1, app, title, text, tuple(actions)))
        return Message.new_method_return(message, "u", [len(self.notes)])


def _entry(layout: Any) -> Entry:
    number, values, below = layout
    label = values["label"].value if "label" in values else ""
    return Entry(
        id=number,
        label=label.replace("__", "\0").replace("_", "").replace("\0", "_"),
        enabled=values["enabled"].value if "enabled" in values else True,
        checked="toggle-state" in values and values["toggle-state"].value == 1,
        below=tuple(
            _entry(each.value) for each in below if "visible" not in each.value[1] or each.value[1]["visible"].value
        ),
    )

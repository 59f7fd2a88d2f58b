"""Stands for the core until it is made: the window's first paint waits for none of the core's imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from harmony_desktop.control.stack_state import StackState
from harmony_desktop.control.store import Store
from harmony_desktop.control.update_news import UpdateNews

if TYPE_CHECKING:
    from harmony_desktop.control.intents import Intents
    from harmony_desktop.control.meters import MachineSample
    from harmony_desktop.control.ports import Usage


class LateCore:
    """What the first paint looks at is here, empty; whatever else is asked for makes the core, if nobody has yet.

    Who watches what is kept, and told to the core when it comes. The stores then follow the core's.

    Args:
        make: Makes the core. It is called once, on the loop's thread; a third of a second goes into its imports, unless
            they have been done in another thread by then.

    Attributes:
        store: What there is to show.
        news: What there is to tell of updates.
        usage: CPU and memory by service.
        machine: Cards, processor, memory and disk.
    """

    def __init__(self, make: Callable[[], Intents]) -> None:
        self.store = Store(StackState())
        self.news = Store(UpdateNews())
        self.usage: Store[Mapping[str, Usage]] = Store({})
        self.machine: Store[MachineSample | None] = Store(None)
        self._make = make
        self._core: Intents | None = None
        self._watches: dict[tuple[str, str], Callable[[Intents], None]] = {}

    @property
    def intents(self) -> Intents:
        """This, as the window sees it: what is not here is found by name in the core."""
        return cast("Intents", self)

    def core(self) -> Intents:
        """Return the core; it is made at the first call."""
        if self._core is None:
            core = self._core = self._make()
            _follow(self.store, core.store)
            _follow(self.news, core.news)
            _follow(self.usage, core.usage)
            _follow(self.machine, core.machine)
            for tell in self._watches.values():
                tell(core)
            self._watches.clear()
        return self._core

    def set_visible(self, visible: bool) -> None:
        """The window is seen (or hidden)."""
        self._tell("visible", lambda core: core.set_visible(visible))

    def watch_usage(self, watched: bool) -> None:
        """Somebody looks at CPU and memory (or no longer does)."""
        self._tell("usage", lambda core: core.watch_usage(watched))

    def watch_machine(self, watched: bool, viewer: str = "") -> None:
        """Somebody looks at the machine's meters (or no longer does)."""
        self._tell("machine", lambda core: core.watch_machine(watched, viewer), viewer)

    def watch_updates(self, watched: bool) -> None:
        """Ask the registries once a day (or no longer)."""
        self._tell("updates", lambda core: core.watch_updates(watched))

    def start(self, services: tuple[str, ...] = ()) -> None:
        """Bring the stack up."""
        self.core().start(services)

    def stop(self, services: tuple[str, ...] = ()) -> None:
        """Stop the stack."""
        self.core().stop(services)

    def restart(self, services: tuple[str, ...] = ()) -> None:
        """Restart the stack."""
        self.core().restart(services)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the core has under that name
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.core(), name)

    def _tell(self, what: str, tell: Callable[[Intents], None], viewer: str = "") -> None:
        """Tell the core who watches what, now or when it comes; the last word counts."""
        if self._core is not None:
            tell(self._core)
        else:
            self._watches[what, viewer] = tell


def _follow(shown: Store[Any], source: Store[Any]) -> None:
    shown.set(source.value)
    source.subscribe(shown.set)

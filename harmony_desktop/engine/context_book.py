"""The Docker contexts to choose from in the panel; implements ``control.ports.ContextBook``."""

from __future__ import annotations

from collections.abc import Callable

from harmony_desktop.control.ports import ContextChoice, ContextOption
from harmony_desktop.engine import config_file, contexts, discover
from harmony_desktop.engine.place import Place


class DockerContexts:
    """Reads the contexts of the ``docker`` command; never changes them: its own choice stays its own.

    Args:
        place: The machine and the user.
        chosen: Returns the context that the user has chosen in the panel, or "".
        remember: Keeps that choice. Raises HarmonyError.
        host: Address that the panel was started with, or "".
        context: Context that the panel was started with, or "".
    """

    def __init__(
        self,
        place: Place,
        *,
        chosen: Callable[[], str],
        remember: Callable[[str], None],
        host: str = "",
        context: str = "",
    ) -> None:
        self._place = place
        self._chosen = chosen
        self._remember = remember
        self._host = host
        self._context = context

    def look(self) -> ContextChoice:
        """Return what there is, and what is chosen; never raises."""
        folder = self._place.config_folder
        current = str(config_file.load(folder).data.get("currentContext") or contexts.DEFAULT)
        chosen = self._chosen()
        default = ContextOption(contexts.DEFAULT, current=current == contexts.DEFAULT)
        found = [
            ContextOption(item.name, item.address, item.description, item.name == current, item.fault)
            for item in contexts.listed(folder)
        ]
        names = {contexts.DEFAULT, *(option.name for option in found)}
        # What was chosen and has gone is shown as such, not as if nothing were chosen.
        lost = [
            ContextOption(name, current=name == current, fault=contexts.read(folder, name).fault)
            for name in dict.fromkeys((chosen, current))
            if name and name not in names
        ]
        overruled = discover.overruled(self._place, host=self._host, context=self._context)
        return ContextChoice((default, *found, *lost), chosen, overruled)

    def choose(self, name: str) -> None:
        """Remember a context, by which the next search goes. Raises HarmonyError."""
        self._remember(name)

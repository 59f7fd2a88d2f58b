"""What a person can ask for. The window and the tray know the core by this protocol, the store and the log book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a protocol costs its readers nothing: the window's first paint comes here
    from collections.abc import Mapping

    from harmony_desktop.control.adjust_desk import Adjusting
    from harmony_desktop.control.app_news import AppReleasing
    from harmony_desktop.control.autostart import StartingUp
    from harmony_desktop.control.backup_desk import BackingUp
    from harmony_desktop.control.checkup_state import CheckingUp
    from harmony_desktop.control.config_desk import Configuring
    from harmony_desktop.control.crashes import Crashing
    from harmony_desktop.control.disk import DiskLook
    from harmony_desktop.control.logs import LogBook
    from harmony_desktop.control.memory_desk import MemoryPlanning
    from harmony_desktop.control.meters import MachineSample
    from harmony_desktop.control.models_state import Modelling
    from harmony_desktop.control.ports import Usage
    from harmony_desktop.control.report_desk import Reporting
    from harmony_desktop.control.service_look import ServiceLook
    from harmony_desktop.control.state import StackState
    from harmony_desktop.control.store import Store
    from harmony_desktop.control.update_news import UpdateNews
    from harmony_desktop.control.upgrade_desk import Upgrading
    from harmony_desktop.control.wizard_desk import SettingUp


class Intents(Protocol):
    """Gestures. Each returns at once; what comes of it shows in the store (``operation``, ``problem``)."""

    @property
    def store(self) -> Store[StackState]:
        """What there is to show."""
        ...

    @property
    def logs(self) -> LogBook:
        """The log lines of all services."""
        ...

    @property
    def usage(self) -> Store[Mapping[str, Usage]]:
        """CPU and memory of each running service, by service name; filled only while watched."""
        ...

    @property
    def adjusting(self) -> Adjusting:
        """Limits, restart policy and number of containers of one service."""
        ...

    @property
    def modelling(self) -> Modelling:
        """The language models."""
        ...

    @property
    def checkup(self) -> CheckingUp:
        """Checks of files, engine and machine, and their repairs."""
        ...

    @property
    def backing_up(self) -> BackingUp:
        """Backups of the stack folder, and how they are restored."""
        ...

    @property
    def configuring(self) -> Configuring:
        """The stack's configuration files."""
        ...

    @property
    def upgrading(self) -> Upgrading:
        """Newer shipped files, to be merged with those that the user edited."""
        ...

    @property
    def planning(self) -> MemoryPlanning:
        """What is chosen against the memory there is."""
        ...

    @property
    def wizard(self) -> SettingUp | None:
        """The set-up, page by page; None where the panel was opened on files of the caller's own."""
        ...

    @property
    def reporting(self) -> Reporting:
        """Saves reports for whoever helps."""
        ...

    @property
    def crashes(self) -> Crashing:
        """Unexpected errors of the panel itself, and its own log."""
        ...

    @property
    def app_releases(self) -> AppReleasing:
        """Newer releases of the panel itself."""
        ...

    @property
    def starting_up(self) -> StartingUp:
        """Whether the panel starts with the session."""
        ...

    def start_when_there(self) -> None:
        """Start the stack as soon as there is an engine, unless some of it runs or somebody does something else."""
        ...

    def start(self, services: tuple[str, ...] = ()) -> None:
        """Bring the stack (or these services and what they depend on) up."""
        ...

    def stop(self, services: tuple[str, ...] = ()) -> None:
        """Stop the stack (or these services); the containers stay."""
        ...

    def restart(self, services: tuple[str, ...] = ()) -> None:
        """Restart the stack (or these services)."""
        ...

    @property
    def news(self) -> Store[UpdateNews]:
        """What there is to tell of updates."""
        ...

    def update(self, services: tuple[str, ...] = ()) -> None:
        """Fetch newer images (of all services, or these) and make anew what runs on older ones."""
        ...

    def roll_back(self) -> None:
        """Return to the images that were ready before."""
        ...

    def ask_for_updates(self) -> None:
        """Ask the registries now whether there is an update."""
        ...

    def watch_updates(self, watched: bool) -> None:
        """Ask the registries once a day (or no longer)."""
        ...

    def dismiss_news(self) -> None:
        """The user has read what the last update did."""
        ...

    def free_for_game(self) -> None:
        """Gaming mode on: unload and stop what holds the graphics card (``StackState.gaming``)."""
        ...

    def bring_back(self) -> None:
        """Gaming mode off: start what was stopped, load what was unloaded."""
        ...

    def forget_gaming(self) -> None:
        """Gaming mode off, and everything stays as it is."""
        ...

    def dismiss_gaming(self) -> None:
        """The user has read what came of it (``StackState.gaming_news``)."""
        ...

    def cancel(self) -> None:
        """End the operation that goes on; the next start finishes what it left."""
        ...

    def retry_engine(self) -> None:
        """Look for the engine again, now."""
        ...

    def start_engine(self) -> None:
        """Start the engine, as its help offers (``EngineState.help.start``)."""
        ...

    def cancel_engine_start(self) -> None:
        """No longer start the engine."""
        ...

    def look_at_contexts(self) -> None:
        """Read the list of Docker contexts again (``StackState.contexts``)."""
        ...

    def choose_context(self, name: str) -> None:
        """Use the engine of a Docker context from now on; "" for the one that the docker command uses."""
        ...

    def remedy(self, remedy_id: str) -> None:
        """Do what a remedy of the shown problem offers (``Problem.remedies``)."""
        ...

    def dismiss_problem(self) -> None:
        """The user has read it."""
        ...

    def watch_usage(self, watched: bool) -> None:
        """Somebody looks at CPU and memory (or no longer does)."""
        ...

    @property
    def machine(self) -> Store[MachineSample | None]:
        """Cards, processor, memory and disk; None before the first sample. Filled only while watched."""
        ...

    @property
    def disk(self) -> Store[DiskLook]:
        """What the stack takes of the disks, once somebody has asked."""
        ...

    def watch_machine(self, watched: bool, viewer: str = "") -> None:
        """Somebody looks at the machine's meters (or no longer does); several viewers are told apart by name."""
        ...

    @property
    def details(self) -> Store[ServiceLook]:
        """What there is to know about the one service that somebody looks at."""
        ...

    def look_at_service(self, name: str) -> None:
        """Somebody looks at a service's details; "" when nobody does any longer."""
        ...

    def look_at_disk(self) -> None:
        """Measure what the stack takes of the disks."""
        ...

    def clean_up(self, ids: tuple[str, ...]) -> None:
        """Remove leftovers of the stack, by id (``DiskShare.leftovers``)."""
        ...

    def set_visible(self, visible: bool) -> None:
        """The window is seen (or hidden): probes and sampling slow down while nobody looks."""
        ...

    def prepare_folder(self, folder: str, hardware: str) -> None:
        """Make the stack folder (``hardware``: auto, cpu or nvidia), then load it."""
        ...

    def choose_hardware(self, hardware: str) -> None:
        """Switch the profile of the stack folder (auto, cpu or nvidia); takes effect at the next start."""
        ...

    def look_at_machine(self) -> None:
        """Ask for cards, driver and the engine's GPU ability again."""
        ...

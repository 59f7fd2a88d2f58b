"""What operations need besides the engine and the project: the machine's side, made by ``bootstrap`` (or by a test)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from harmony_desktop.control.fetching import Patience
from harmony_desktop.control.known_secrets import LateMasker
from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from harmony_desktop.control.adjustments import Adjuster
    from harmony_desktop.control.app_news import AppTools
    from harmony_desktop.control.autostart import Autostart
    from harmony_desktop.control.backups import BackupKeeper
    from harmony_desktop.control.config_files import ConfigKeeper
    from harmony_desktop.control.crashes import CrashBook
    from harmony_desktop.control.disk_space import SpaceLookup
    from harmony_desktop.control.doctor import Doctor
    from harmony_desktop.control.gaming import GamingMemory
    from harmony_desktop.control.lives import LifeMemory
    from harmony_desktop.control.locking import StackLocks
    from harmony_desktop.control.memory_choice import ChoiceReader
    from harmony_desktop.control.meters import Meters
    from harmony_desktop.control.models import ModelTools
    from harmony_desktop.control.port_records import MachinePorts
    from harmony_desktop.control.ports import Clock
    from harmony_desktop.control.releases import ReleaseMemory
    from harmony_desktop.control.report import ReportMaker
    from harmony_desktop.control.stack_env import StackEnv
    from harmony_desktop.control.upgrades import UpgradeKeeper
    from harmony_desktop.control.wizard import WizardTools


@dataclass(frozen=True, slots=True)
class Tools:
    """The machine's side of an operation.

    Attributes:
        clock: Time.
        locks: Locks a stack while it is being changed.
        releases: Remembers the images that were ready, for the way back from an update.
        ports: The ports of this machine.
        stack_env: Reads and writes the variables of a stack.
        adjuster: Reads and writes adjustments of services.
        space: Looks at the disks of this machine.
        patience: How long a registry may be silent.
        lives: Remembers what has been ready, for looks that come later; None forgets.
        secrets: Masks the panel's own words.
        reports: Makes reports for whoever helps; None where there are none.
        wizard: Makes the set-up's side of the files; None where there is no set-up.
        set_up_begun: Whether somebody has begun the set-up: asked before all that ``wizard`` takes is imported.
        configs: Reads, checks and writes configuration files; None where nothing does.
        upgrades: Finds newer shipped files, and merges them with the user's; None where nothing does.
        models: Makes those who handle language models; None where nobody does.
        doctor: Makes what checks and repairs the stack; None where nobody does.
        backups: Makes who makes backups and restores them; None where nobody does.
        crashes: Keeps unexpected errors; None where nobody collects them.
        app_releases: Makes what tells of releases of the panel itself; None where nobody does.
        gaming: Remembers what gaming mode has stopped and unloaded; None where there is no gaming mode.
        autostart: Makes what starts the panel with the session; None where nothing does.
        meters: Makes meters of this machine, for one reading; None where there are none.
        choices: Reads what a stack would load into memory; None where nobody does.
    """

    clock: Clock
    locks: StackLocks
    releases: ReleaseMemory
    ports: MachinePorts
    stack_env: StackEnv
    adjuster: Adjuster
    space: SpaceLookup
    patience: Patience = field(default_factory=Patience)
    lives: LifeMemory | None = None
    secrets: LateMasker = field(default_factory=LateMasker)
    reports: ReportMaker | None = None
    wizard: Callable[[], WizardTools] | None = None
    set_up_begun: Callable[[], bool] = lambda: True
    configs: ConfigKeeper | None = None
    upgrades: UpgradeKeeper | None = None
    models: Callable[[], ModelTools] | None = None
    doctor: Callable[[], Doctor] | None = None
    backups: Callable[[], BackupKeeper] | None = None
    crashes: CrashBook | None = None
    app_releases: Callable[[], AppTools] | None = None
    gaming: GamingMemory | None = None
    autostart: Callable[[], Autostart] | None = None
    meters: Callable[[], Meters] | None = None
    choices: ChoiceReader | None = None

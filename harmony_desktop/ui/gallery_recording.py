"""A recorded state, with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from harmony_desktop.control.adjust_desk import AdjustState
from harmony_desktop.control.app_news import AppNews
from harmony_desktop.control.autostart import AutostartState
from harmony_desktop.control.backup_desk import BackupState
from harmony_desktop.control.checkup_state import CheckupState
from harmony_desktop.control.crashes import CrashNews
from harmony_desktop.control.memory_desk import MemoryState
from harmony_desktop.control.models_state import ModelsState
from harmony_desktop.control.ports import Usage
from harmony_desktop.control.report_desk import ReportNews
from harmony_desktop.control.state import StackState
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.control.upgrade_desk import UpgradeState
from harmony_desktop.control.wizard import WizardState
from harmony_desktop.records import dataclass


@dataclass(frozen=True, slots=True)
class Recording:
    """One state with what belongs to it.

    Attributes:
        state: What the core knows.
        logs: Lines of services, the oldest first.
        usage: CPU and memory by service.
        news: Updates.
        adjusting: What the dialog of adjustments shows.
        report: What becomes of a report.
        releases: What there is to tell of the panel’s own releases.
        crashes: Unexpected errors that are told.
        checkup: What the check-up found.
        models: What the models page shows.
        memory: What is chosen against the memory there is.
        upgrading: Which newer files there are, and what becomes of them.
        configuring: What the configuration shows (``gallery_config.CONFIG_STATES``).
        startup: What stands in the system about the start with the session.
        backups: What the dialogs of backups show.
        page: The page that is shown; "" for the first.
        details: The service whose details are open, or "".
        dialog: The dialog that is open, or "" (``gallery_stage.DIALOGS``).
    """

    state: StackState
    logs: tuple[tuple[str, str], ...] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)
    news: UpdateNews = field(default_factory=UpdateNews)
    adjusting: AdjustState | None = None
    report: ReportNews = field(default_factory=ReportNews)
    releases: AppNews = field(default_factory=AppNews)
    crashes: CrashNews = field(default_factory=CrashNews)
    wizard: WizardState | None = None
    checkup: CheckupState = field(default_factory=CheckupState)
    configuring: str = ""
    upgrading: UpgradeState = field(default_factory=UpgradeState)
    models: ModelsState = field(default_factory=ModelsState)
    memory: MemoryState = field(default_factory=MemoryState)
    startup: AutostartState | None = None
    backups: BackupState = field(default_factory=BackupState)
    page: str = ""
    details: str = ""
    dialog: str = ""

"""Opens on a recorded state what belongs to it: a dialog, the details of a service."""

from __future__ import annotations

from collections.abc import Callable

from harmony_desktop.ui.app import DesktopUi
from harmony_desktop.ui.gallery import RecordedIntents
from harmony_desktop.ui.gallery_recording import Recording


def arrange(desktop: DesktopUi, intents: RecordedIntents, recording: Recording) -> None:
    """Open what a recording has open; the window is shown already."""
    if recording.details:
        desktop.window.show_details(recording.details)
    if recording.dialog:
        DIALOGS[recording.dialog](desktop, intents, recording)


def _adjust(desktop: DesktopUi, intents: RecordedIntents, recording: Recording) -> None:
    from harmony_desktop.ui.adjust_dialog import AdjustDialog  # noqa: PLC0415 - one of many

    adjusted = recording.adjusting
    if adjusted is not None:
        AdjustDialog(desktop.theme, desktop.window, intents.desk, adjusted.service, runs=True).open()


def _clean_up(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.cleanup_dialog import CleanUpDialog  # noqa: PLC0415 - one of many

    share = intents.disk.value.engine
    if share is not None:
        CleanUpDialog(desktop.theme, desktop.window, share.leftovers).open()


def _backup(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.backup_card import save_backup  # noqa: PLC0415 - one of many

    save_backup(desktop.theme, desktop.window.turning, desktop.window, intents)


def _restore(desktop: DesktopUi, intents: RecordedIntents, recording: Recording) -> None:
    from harmony_desktop.ui.backup_card import open_restore  # noqa: PLC0415 - one of many

    resting = recording.backups.resting
    open_restore(desktop.theme, desktop.window.turning, desktop.window, intents, "" if resting else "backup.zip")


def _palette(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    desktop.window.show_palette()


def _keys(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    desktop.window.show_keys()


def _help(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    desktop.window.show_help()


def _close(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.closing import ask_on_close  # noqa: PLC0415 - one of many

    ask_on_close(desktop.theme, desktop.window).open()


def _quit(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.closing import tell_on_quit  # noqa: PLC0415 - one of many

    tell_on_quit(desktop.theme, desktop.window).open()


def _download_model(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.model_download import DownloadDialog  # noqa: PLC0415 - one of many

    DownloadDialog(desktop.theme, desktop.window, intents.modelling).open()


def _use_model(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.model_dialogs import UseModelDialog  # noqa: PLC0415 - one of many

    state = intents.modelling.store.value
    UseModelDialog(desktop.theme, desktop.window, state.models[0], state, intents.planning.store.value).open()


def _release(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.release_dialog import show_release  # noqa: PLC0415 - one of many

    show_release(desktop.theme, desktop.window, intents.app_releases)


def _crash(desktop: DesktopUi, intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.crash_dialog import CrashDialog  # noqa: PLC0415 - one of many

    dialog = CrashDialog(
        desktop.theme, desktop.window, intents.crashes, intents.reporting, "https://example.com/issues"
    )
    dialog.expand.click()
    dialog.show()


def _memory(desktop: DesktopUi, _intents: RecordedIntents, _recording: Recording) -> None:
    from harmony_desktop.ui.stack_page import StackPage  # noqa: PLC0415 - one of many

    page = desktop.window.widget("stack")
    if isinstance(page, StackPage):
        page.sections.memory.more.setChecked(True)


#: How each dialog is opened.
DIALOGS: dict[str, Callable[[DesktopUi, RecordedIntents, Recording], None]] = {
    "adjust": _adjust,
    "backup": _backup,
    "restore": _restore,
    "clean-up": _clean_up,
    "download-model": _download_model,
    "use-model": _use_model,
    "crash": _crash,
    "release": _release,
    "memory": _memory,
    "palette": _palette,
    "keys": _keys,
    "help": _help,
    "close": _close,
    "quit": _quit,
}

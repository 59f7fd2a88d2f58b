"""What Qt says of itself: into the panel's own log, and its last words to whoever can still tell them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

#: How often the same words are logged; Qt may say them with every frame.
_OFTEN = 5

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
}

_log = logging.getLogger(__name__)


def log_qt_messages(fatal: Callable[[str], object]) -> Callable[[], None]:
    """Log what Qt says, from now on.

    Args:
        fatal: Is told Qt's reason when it gives up; it ends the process when this returns.

    Returns:
        Gives the place back to whoever had it.
    """
    said: Counter[str] = Counter()

    def take(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            fatal(text)
            return
        said[text] += 1
        if said[text] > _OFTEN:
            return
        last = " (said again and again: no longer logged)" if said[text] == _OFTEN else ""
        category = "" if context.category in {None, "default"} else context.category
        _log.log(_LEVELS.get(kind, logging.WARNING), "%s%s%s", f"{category}: " if category else "", text, last)
        if len(said) > 1000:
            said.clear()

    before = qInstallMessageHandler(take)

    def end() -> None:
        qInstallMessageHandler(before)

    return end

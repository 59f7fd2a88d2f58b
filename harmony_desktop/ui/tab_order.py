"""The order in which Tab goes through a window: as it is read, whenever its widgets were made.

Qt goes by the order of their making, and here rows, buttons and whole sections come and go.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLayout, QScrollArea, QWidget

from harmony_desktop.ui.theme import Space


def stops(root: QWidget) -> list[QWidget]:
    """Return where Tab stops, in reading order."""
    return [widget for widget in _read(root) if _is_stop(widget)]


def go_on(root: QWidget, current: QWidget | None, *, forwards: bool) -> bool:
    """Give the focus to the next stop after a widget (or before it), round and round; False where there is none."""
    order = list(_read(root))
    place = next((index for index, widget in enumerate(order) if widget is current), -1)
    if forwards:
        following = order[place + 1 :] + order[: place + 1]
    else:
        following = [*reversed(order[: max(place, 0)]), *reversed(order[max(place, 0) :])]
    target = next((widget for widget in following if _is_stop(widget)), None)
    if target is None:
        return False
    target.setFocus(Qt.FocusReason.TabFocusReason if forwards else Qt.FocusReason.BacktabFocusReason)
    bring_into_sight(target)
    return True


def bring_into_sight(widget: QWidget) -> None:
    """Scroll every area around a widget so that it can be seen."""
    above = widget.parentWidget()
    while isinstance(above, QWidget):
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget, Space.XL, Space.XL)
        above = above.parentWidget()


def _is_stop(widget: QWidget) -> bool:
    tabbed = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    # An area that scrolls shows no focus of its own, and the keys that scroll it work from all that is in it.
    proxied = isinstance(widget.focusProxy(), QWidget)
    if isinstance(widget, QAbstractButton) and not _stands_for_its_group(widget):
        return False
    able = widget.isVisible() and widget.isEnabled()
    return bool(tabbed) and able and not proxied and not isinstance(widget, QScrollArea)


def _stands_for_its_group(widget: QAbstractButton) -> bool:
    """Whether this is the one stop of a group of which one is chosen; the arrow keys go through the others."""
    group: object = widget.group()
    if not isinstance(group, QButtonGroup):
        return True
    if not group.exclusive():
        return True
    chosen = group.checkedButton()
    return chosen is None or chosen is widget or not (chosen.isVisible() and chosen.isEnabled())


def _read(root: QWidget) -> Iterator[QWidget]:
    """Return all widgets below one, in reading order: by layouts, and by place where there is none.

    Hidden ones too: one that has just vanished with the focus has a place to go on from.
    """
    laid = list(_laid_out(root.layout()))
    rest = [
        child for child in root.children() if isinstance(child, QWidget) and not child.isWindow() and child not in laid
    ]
    for child in (*laid, *sorted(rest, key=lambda each: (each.y(), each.x()))):
        yield child
        yield from _read(child)


def _laid_out(layout: QLayout | None) -> Iterator[QWidget]:
    if layout is None:
        return
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget = item.widget() if item is not None else None
        if isinstance(widget, QWidget):
            yield widget
        elif isinstance(inner := item.layout() if item is not None else None, QLayout):
            yield from _laid_out(inner)

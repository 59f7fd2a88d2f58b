"""All texts that a person can see or hear in a window, and what is cut off in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QWidget,
)

from harmony_desktop.ui.labels import ElidedLabel

_WORD = re.compile(r"[A-Za-z]{2,}")
_TAG = re.compile(r"</?[a-z]+[^>]*>")


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield each text of a window and all that is seen in it, with where it stands."""
    for widget in [window, *window.findChildren(QWidget)]:
        if not widget.isVisible() and not isinstance(widget, QMenu):
            continue
        where = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        found = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle()]
        if isinstance(widget, QLabel | QAbstractButton):
            found.append(widget.text())
        elif isinstance(widget, QLineEdit):
            found.append(widget.placeholderText())
        elif isinstance(widget, QGroupBox):
            found.append(widget.title())
        elif isinstance(widget, QComboBox):
            found += [widget.itemText(index) for index in range(widget.count())]
        elif isinstance(widget, QListWidget):
            found += [widget.item(index).text() for index in range(widget.count())]
        elif isinstance(widget, QMenu):
            found += [action.text() for action in widget.actions()]
        yield from ((where, text) for text in found if text)


def plain_words(text: str) -> set[str]:
    """Return the words of a text that have kept their English letters, in lower case."""
    return {word.lower() for word in _WORD.findall(_TAG.sub(" ", text))}


def words_of(value: object) -> set[str]:
    """Return every word in the data of a recording: names, addresses, what services and engines say."""
    if isinstance(value, str):
        return {word.lower() for word in _WORD.findall(value)}
    if isinstance(value, Mapping):
        return set().union(*(words_of(key) | words_of(each) for key, each in value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return set().union(*(words_of(each) for each in value))
    if is_dataclass(value) and not isinstance(value, type) and not isinstance(value, Enum):
        return set().union(*(words_of(getattr(value, field.name, None)) for field in fields(value)))
    return set()


def cut_off(window: QWidget) -> Iterator[str]:
    """Yield what does not fit: lines wider than their labels, buttons smaller than their words, widgets outside."""
    for label in window.findChildren(QLabel):
        if (
            not label.isVisible()
            or isinstance(label, ElidedLabel)
            or not label.text()
            or label.visibleRegion().isEmpty()
        ):
            continue
        if label.wordWrap():
            needed = label.heightForWidth(label.width())
            if needed > label.height() + 1:
                yield f"lines of {label.text()!r}: {needed} of {label.height()}"
        elif label.sizeHint().width() > label.width() + 1:
            yield f"{label.text()!r}: {label.sizeHint().width()} of {label.width()}"
    for button in window.findChildren(QPushButton):
        hint = button.minimumSizeHint().width()
        if button.isVisible() and button.text() and hint > button.width() + 1:
            yield f"button {button.text()!r}: {hint} of {button.width()}"
    right = window.width()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.isWindow() or not isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            continue
        edge = widget.mapTo(window, widget.rect().topRight()).x()
        if edge > right and widget.window() is window:
            name = widget.accessibleName() or getattr(widget, "text", str)()
            yield f"{type(widget).__name__} {name!r} ends at {edge} of {right}"

"""The stylesheet, made from a Theme, and the few helpers that mark a widget for it.

Widgets carry dynamic properties instead of own style sheets: ``surface`` (frames), ``tone`` (labels), ``kind``
(buttons). Fonts are set as fonts, never here: a style sheet would freeze their sizes.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QToolButton, QWidget

from harmony_desktop.ui import icons
from harmony_desktop.ui.application import ensure_style
from harmony_desktop.ui.theme import Space, Theme, Type, mixed


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the application now, and again whenever the theme changes."""
    ensure_style(app)
    app.setFont(theme.font(Type.TEXT))

    def dress() -> None:
        app.setPalette(theme.qt_palette())
        app.setStyleSheet(stylesheet(theme))

    dress()
    theme.changed.connect(dress)


def mark(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the stylesheet reads, and restyle the widget if it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if widget.isVisible():
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def label(theme: Theme, kind: Type = Type.TEXT, tone: str = "", text: str = "") -> QLabel:
    """Return a label for plain text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(theme.font(kind))
    if tone:
        made.setProperty("tone", tone)
    return made


def set_text(target: QLabel, text: str) -> None:
    """Change a label's text only where it differs: an unchanged row costs no layout."""
    if target.text() != text:
        target.setText(text)


def button(theme: Theme, text: str, kind: str = "plain") -> QPushButton:
    """Return a push button: plain, primary (the one filled button), quiet, chip or link."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setFont(theme.font(Type.MEDIUM if kind in {"plain", "primary"} else Type.SECOND_STRONG))
    if kind in {"plain", "primary"}:
        made.setMinimumHeight(theme.scaled(Space.CONTROL_HEIGHT))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a ring after a click would only be noise
    return made


def tool_button(theme: Theme, name: str) -> QToolButton:
    """Return a square button that shows only an icon; ``name`` is its accessible name and tooltip."""
    made = QToolButton()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setFixedSize(theme.scaled(30), theme.scaled(30))
    made.setIconSize(QSize(20, 20))
    return made


def card(surface: str = "card") -> QFrame:
    """Return a frame with the card's ground, line and corners."""
    made = QFrame()
    made.setProperty("surface", surface)
    return made


def stylesheet(theme: Theme) -> str:
    """Return the application's stylesheet."""
    c = theme.colours
    pressed = mixed(c.text, c.card, 0.10)
    primary_pressed = mixed(c.text, c.accent_hover, 0.12)
    radius, inner = Space.CONTROL_RADIUS, Space.CARD_RADIUS - 1
    tick = icons.file("tick-white" if c.on_accent == "#ffffff" else "tick-black")
    strength = 1.0 if theme.is_high_contrast else 0.22
    soft_line = {
        tone: mixed(getattr(c, tone), getattr(c, f"{tone}_soft"), strength) for tone in ("attention", "failed")
    }
    return f"""
QMainWindow, QDialog {{ background: {c.window}; }}
QToolTip {{ background: {c.card}; color: {c.text}; border: 1px solid {c.control_line}; padding: 5px 8px; }}
QFrame[surface="card"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {Space.CARD_RADIUS}px; }}
QFrame[surface="navigation"] {{ background: {c.navigation}; border: 0; border-right: 1px solid {c.line}; }}
QFrame[surface="failed"] {{ background: {c.failed_soft}; border: 1px solid {soft_line["failed"]};
    border-radius: {Space.CARD_RADIUS}px; }}
QFrame[surface="attention"] {{ background: {c.attention_soft}; border: 1px solid {soft_line["attention"]};
    border-radius: {Space.CARD_RADIUS}px; }}
QFrame[surface="sheet"] {{ background: {c.card}; border: 0; border-left: 1px solid {c.line}; }}
QScrollArea[surface="sheet-content"], QScrollArea > QWidget > QWidget#sheet {{ background: {c.card}; border: 0; }}
QFrame[surface="log-part"] {{ background: {c.sunken}; border: 1px solid {c.line}; border-radius: {radius}px; }}
QFrame[surface="line"] {{ background: {c.line}; border: 0; }}
QFrame[surface="row"] {{ background: transparent; border: 0; border-top: 1px solid {c.line}; }}
QFrame[surface="row"][first="yes"] {{ border-top: 0; border-top-left-radius: {inner}px;
    border-top-right-radius: {inner}px; }}
QFrame[surface="row"][last="yes"] {{ border-bottom-left-radius: {inner}px; border-bottom-right-radius: {inner}px; }}
QFrame[surface="row"][leads="yes"]:hover {{ background: {c.hover}; }}
QFrame[surface="row"][marked="yes"] {{ background: {c.accent_soft}; }}
QAbstractScrollArea[surface="log"] {{ background: {c.sunken}; border: 2px solid {c.sunken}; }}
QAbstractScrollArea[surface="log"]:focus {{ border-color: {c.accent}; }}
QScrollArea[surface="text"] {{ border: 2px solid transparent; border-radius: {radius}px; }}
QScrollArea[surface="text"]:focus {{ border-color: {c.accent}; }}
QTextBrowser[surface="help"] {{ background: {c.card}; border: 2px solid {c.card};
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QTextBrowser[surface="help"]:focus {{ border-color: {c.accent}; }}
QPlainTextEdit[surface="diff"] {{ background: {c.sunken}; border: 1px solid {c.line}; border-radius: {radius}px;
    padding: 6px 8px; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QPlainTextEdit[surface="diff"]:focus {{ border: 2px solid {c.accent}; padding: 5px 7px; }}
QPlainTextEdit[surface="code"] {{ background: {c.sunken}; border: 1px solid {c.line}; border-radius: {radius}px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QPlainTextEdit[surface="code"]:focus {{ border: 2px solid {c.accent}; }}
QListWidget[surface="menu"] {{ background: transparent; border: 2px solid transparent; border-radius: {radius}px;
    outline: 0; }}
QListWidget[surface="menu"]:focus {{ border-color: {c.accent}; }}
QListWidget[surface="menu"]::item {{ padding: 7px 10px; border-radius: {radius}px; color: {c.text}; }}
QListWidget[surface="menu"]::item:disabled {{ color: {c.second}; padding: 14px 10px 4px 10px; }}
QListWidget[surface="menu"]::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QListWidget[surface="menu"]::indicator {{ width: 14px; height: 14px; border: 1px solid {c.second};
    border-radius: 4px; background: {c.card}; }}
QListWidget[surface="menu"]::indicator:checked {{ border-color: {c.accent}; background: {c.accent};
    image: url("{tick}"); }}
QListWidget[surface="menu"]::indicator:indeterminate {{ border: 5px solid {c.card}; background: {c.accent};
    width: 6px; height: 6px; outline: 1px solid {c.second}; }}
QFrame[surface="log-foot"] {{ background: {c.sunken}; border: 0; border-bottom-left-radius: {inner}px;
    border-bottom-right-radius: {inner}px; }}
QLabel {{ background: transparent; color: {c.text}; border: 0; }}
QLabel[tone="second"] {{ color: {c.second}; }}
QLabel[tone="faint"] {{ color: {c.faint}; }}
QLabel[tone="accent"] {{ color: {c.accent}; }}
QLabel[tone="ready"] {{ color: {c.ready}; }}
QLabel[tone="attention"] {{ color: {c.attention}; }}
QLabel[tone="failed"] {{ color: {c.failed}; }}
QLabel[tone="stopped"] {{ color: {c.stopped}; }}
QLabel[tone="code"] {{ background: {c.sunken}; border: 1px solid {c.line}; border-radius: {radius}px;
    padding: 7px 10px; }}
QLabel[tone="badge"] {{ color: {c.window}; background: {c.failed}; border-radius: 8px; padding: 1px 6px; }}
QLabel[tone="update"] {{ color: {c.accent}; background: {c.accent_soft}; border-radius: 7px; padding: 1px 7px; }}
QLabel[tone="held"] {{ color: {c.second}; background: {c.hover}; border-radius: 7px; padding: 1px 7px; }}
QPushButton {{ background: {c.card}; color: {c.text}; border: 1px solid {c.control_line}; border-radius: {radius}px;
    padding: 5px 14px; outline: 0; }}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:pressed {{ background: {pressed}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 4px 13px; }}
QPushButton:disabled {{ color: {c.disabled}; background: {c.window}; border-color: {c.line}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {primary_pressed}; }}
QPushButton[kind="primary"]:focus, QPushButton[kind="small-primary"]:focus {{ border: 2px solid {c.text};
    outline: 1px solid {c.on_accent}; outline-offset: 3px; outline-radius: 5px; }}
QPushButton[kind="primary"]:disabled {{ background: {c.track}; color: {c.disabled}; border-color: {c.track}; }}
QPushButton[kind="small"] {{ padding: 4px 10px; }}
QPushButton[kind="small"]:focus {{ padding: 3px 9px; }}
QPushButton[kind="small-primary"] {{ padding: 5px 12px; background: {c.accent}; color: {c.on_accent};
    border-color: {c.accent}; }}
QPushButton[kind="small-primary"]:hover {{ background: {c.accent_hover}; }}
QPushButton[kind="small-primary"]:focus {{ padding: 4px 11px; }}
QPushButton[kind="small-primary"]:disabled {{ background: {c.track}; color: {c.disabled}; border-color: {c.track}; }}
QPushButton[kind="quiet"], QPushButton[kind="link"] {{ background: transparent; border: 1px solid transparent;
    color: {c.second}; padding: 4px 8px; }}
QPushButton[kind="quiet"]:hover, QPushButton[kind="link"]:hover {{ color: {c.text}; background: {c.hover}; }}
QPushButton[kind="quiet"]:focus, QPushButton[kind="link"]:focus {{ border: 2px solid {c.accent}; padding: 3px 7px; }}
QPushButton[kind="quiet"]:disabled, QPushButton[kind="link"]:disabled {{ background: transparent; color: {c.disabled};
    border-color: transparent; }}
QPushButton[kind="chip"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {theme.scaled(13)}px;
    padding: 3px 11px; color: {c.second}; min-height: {theme.scaled(18)}px; }}
QPushButton[kind="chip"]:hover {{ color: {c.text}; background: {c.hover}; }}
QPushButton[kind="chip"]:checked {{ background: {c.accent_soft}; border-color: {c.accent_soft}; color: {c.text}; }}
QPushButton[kind="chip"]:disabled {{ color: {c.disabled}; background: {c.window}; }}
QPushButton[kind="chip"]:focus {{ border: 2px solid {c.accent}; padding: 2px 10px; }}
QPushButton[kind="navigation"] {{ background: transparent; border: 1px solid transparent; border-radius: {radius}px;
    color: {c.second}; text-align: left; padding: 8px 10px; }}
QPushButton[kind="navigation"]:hover {{ color: {c.text}; background: {mixed(c.card, c.navigation, 0.45)}; }}
QPushButton[kind="navigation"]:checked {{ background: {c.card}; border-color: {c.line}; color: {c.text}; }}
QPushButton[kind="navigation"]:disabled {{ color: {c.disabled}; }}
QPushButton[kind="navigation"]:focus {{ border: 2px solid {c.accent}; padding: 7px 9px; }}
QPushButton[kind="choice"] {{ background: {c.card}; border: 1px solid {c.line};
    border-radius: {Space.CARD_RADIUS}px; padding: 0; text-align: left; }}
QPushButton[kind="choice"]:hover {{ border-color: {c.control_line}; background: {c.card}; }}
QPushButton[kind="choice"]:checked {{ border: 2px solid {c.accent}; }}
QPushButton[kind="choice"]:focus {{ border: 3px solid {c.text}; background: {c.hover}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: {radius}px; color: {c.second}; }}
QToolButton:hover {{ background: {c.hover}; }}
QToolButton:pressed {{ background: {pressed}; }}
QToolButton:disabled {{ color: {c.disabled}; }}
QToolButton:checked {{ background: {c.accent_soft}; color: {c.text}; }}
QToolButton:focus {{ border: 2px solid {c.accent}; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
QLineEdit {{ background: {c.card}; border: 1px solid {c.edge}; border-radius: {radius}px; padding: 5px 9px;
    color: {c.text}; selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:focus {{ border: 2px solid {c.accent}; padding: 4px 8px; }}
QLineEdit:disabled {{ background: {c.window}; color: {c.disabled}; border-color: {c.line}; }}
QLineEdit[frameless="yes"] {{ background: transparent; }}
QMenu {{ background: {c.card}; border: 1px solid {c.control_line}; border-radius: {radius}px; padding: 5px;
    color: {c.text}; }}
QMenu::item {{ padding: 6px 22px 6px 12px; border-radius: 5px; background: transparent; }}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.disabled}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 5px 8px; }}
QRadioButton, QCheckBox {{ spacing: 9px; background: transparent; padding: 3px 2px; outline: 0; }}
QRadioButton::indicator, QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {c.second};
    background: {c.card}; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {c.accent}; background: {c.on_accent}; }}
QCheckBox::indicator:checked {{ border-color: {c.accent}; background: {c.accent}; image: url("{tick}"); }}
QRadioButton:disabled, QCheckBox:disabled {{ color: {c.disabled}; }}
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled {{ border-color: {c.disabled};
    background: {c.window}; }}
QRadioButton::indicator:checked:disabled {{ border-color: {c.disabled}; }}
QCheckBox::indicator:checked:disabled {{ background: {c.disabled}; }}
QRadioButton:focus, QCheckBox:focus {{ border: 2px solid {c.accent}; border-radius: 6px; padding: 1px 0; }}
QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: {c.window}; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {mixed(c.second, c.window, 0.35)}; border-radius: 4px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {mixed(c.second, c.window, 0.6)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

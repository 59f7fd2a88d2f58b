"""Which colours, sizes and type are in force: widgets ask a Theme."""

from __future__ import annotations

import enum
from functools import cached_property

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from harmony_desktop.control.kinds import Light
from harmony_desktop.ui.colours import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, Colours, Space

__all__ = [
    "DARK",
    "DARK_HIGH_CONTRAST",
    "LIGHT",
    "LIGHT_HIGH_CONTRAST",
    "MOTION",
    "Colours",
    "Scheme",
    "Space",
    "Theme",
    "Type",
    "contrast",
    "mixed",
]


class Type(enum.Enum):
    """Kinds of text: size in logical pixels and weight."""

    HEADLINE = (25.0, QFont.Weight.DemiBold)
    TITLE = (17.0, QFont.Weight.DemiBold)
    BRAND = (15.5, QFont.Weight.DemiBold)
    STRONG = (13.5, QFont.Weight.DemiBold)
    TEXT = (13.5, QFont.Weight.Normal)
    MEDIUM = (13.5, QFont.Weight.Medium)
    SECOND = (12.5, QFont.Weight.Normal)
    SECOND_STRONG = (12.5, QFont.Weight.Medium)
    BOX = (13.0, QFont.Weight.DemiBold)
    SMALL = (11.5, QFont.Weight.Normal)


class Scheme(enum.StrEnum):
    """What the user chose: the desktop's scheme, or one of the two."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


#: Milliseconds of the few movements there are.
MOTION = 150
#: A desktop whose text is larger than this many pixels enlarges ours by as much.
_USUAL_TEXT_PIXELS = 14.7


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2: 1 to 21)."""

    def luminance(colour: str) -> float:
        def linear(channel: float) -> float:
            return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

        red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Return the colour that is ``share`` (0 to 1) of ``one`` over ``other``."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


class Theme(QObject):
    """Follows the desktop's scheme, contrast and text size, and tells when they change."""

    changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        system = app.font()
        dpi = self._dots_per_inch()
        pixels = system.pointSizeF() * dpi / 72 if system.pointSizeF() > 0 else float(system.pixelSize())
        self._text_scale = max(1.0, pixels / _USUAL_TEXT_PIXELS)
        self._family = QFont(system)
        self._fonts: dict[Type, QFont] = {}
        self._scheme = scheme
        hints = app.styleHints()
        hints.setColorScheme(_QT_SCHEMES[scheme])
        self._colours = self._pick()
        hints.colorSchemeChanged.connect(self._look_again)
        hints.accessibility().contrastPreferenceChanged.connect(self._look_again)

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return self._colours

    @property
    def is_dark(self) -> bool:
        """Whether the dark scheme is in force."""
        return QColor(self._colours.window).lightness() < 128

    @property
    def is_high_contrast(self) -> bool:
        """Whether the desktop asks for high contrast."""
        return self._colours in {LIGHT_HIGH_CONTRAST, DARK_HIGH_CONTRAST}

    @property
    def scheme(self) -> Scheme:
        """What the user chose."""
        return self._scheme

    def set_scheme(self, scheme: Scheme) -> None:
        """Follow the desktop, or keep to one scheme."""
        self._scheme = scheme
        self._app.styleHints().setColorScheme(_QT_SCHEMES[scheme])
        self._look_again()

    @property
    def motion(self) -> bool:
        """Whether the desktop wants things to move."""
        from PySide6.QtWidgets import QStyle  # noqa: PLC0415 - its many enumerations cost 12 ms: not before first paint

        style = self._app.style()
        wanted = style.styleHint(QStyle.StyleHint.SH_Widget_Animate)
        return bool(wanted) and style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0

    def font(self, kind: Type) -> QFont:
        """Return the system's font in one of our sizes; digits have one width, so that nothing jumps."""
        if kind in self._fonts:
            return QFont(self._fonts[kind])
        pixels, weight = kind.value
        font = QFont(self._family)
        font.setPointSizeF(self.points(pixels))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        self._fonts[kind] = font
        return QFont(font)

    def points(self, pixels: float) -> float:
        """Return logical pixels at 100 % as points, enlarged by the desktop's text size."""
        return pixels * self._text_scale * 72 / self._dots_per_inch()

    def scaled(self, pixels: float) -> int:
        """Return a length that grows with the desktop's text size."""
        return round(pixels * self._text_scale)

    @cached_property
    def mono(self) -> QFont:
        """The face of logs."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.points(12.5))
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        return font

    def light(self, light: Light) -> str:
        """Return the colour of a light."""
        return getattr(self._colours, _LIGHT_ROLES[light])  # type: ignore[no-any-return] # a field of Colours, by name

    def light_role(self, light: Light) -> str:
        """Return the role's name ("ready", "attention" …), which is also the tone of a label."""
        return _LIGHT_ROLES[light]

    def qt_palette(self) -> QPalette:
        """Return the palette for everything that the style draws itself."""
        c = self._colours
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: c.window,
            QPalette.ColorRole.WindowText: c.text,
            QPalette.ColorRole.Base: c.card,
            QPalette.ColorRole.AlternateBase: c.sunken,
            QPalette.ColorRole.Text: c.text,
            QPalette.ColorRole.PlaceholderText: c.faint,
            QPalette.ColorRole.Button: c.card,
            QPalette.ColorRole.ButtonText: c.text,
            QPalette.ColorRole.BrightText: c.failed,
            QPalette.ColorRole.Highlight: c.accent,
            QPalette.ColorRole.HighlightedText: c.on_accent,
            QPalette.ColorRole.Accent: c.accent,
            QPalette.ColorRole.Link: c.accent,
            QPalette.ColorRole.LinkVisited: c.accent,
            QPalette.ColorRole.ToolTipBase: c.card,
            QPalette.ColorRole.ToolTipText: c.text,
            QPalette.ColorRole.Mid: c.line,
            QPalette.ColorRole.Midlight: c.hover,
            QPalette.ColorRole.Dark: c.control_line,
            QPalette.ColorRole.Light: c.card,
            QPalette.ColorRole.Shadow: c.line,
        }
        for role, colour in roles.items():
            palette.setColor(role, QColor(colour))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.disabled))
        return palette

    def _dots_per_inch(self) -> float:
        screens = QGuiApplication.screens()
        return screens[0].logicalDotsPerInch() if screens else 96.0

    def _pick(self) -> Colours:
        hints = self._app.styleHints()
        dark = self._desktop_is_dark()
        if self._scheme is not Scheme.SYSTEM:
            dark = self._scheme is Scheme.DARK
        if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
            return DARK_HIGH_CONTRAST if dark else LIGHT_HIGH_CONTRAST
        return DARK if dark else LIGHT

    def _desktop_is_dark(self) -> bool:
        return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark

    def _look_again(self) -> None:
        colours = self._pick()
        if colours != self._colours:
            self._colours = colours
            self.changed.emit()


_QT_SCHEMES = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}

_LIGHT_ROLES = {
    Light.READY: "ready",
    Light.BUSY: "attention",
    Light.ATTENTION: "attention",
    Light.FAILED: "failed",
    Light.STOPPED: "stopped",
    Light.UNKNOWN: "stopped",
}

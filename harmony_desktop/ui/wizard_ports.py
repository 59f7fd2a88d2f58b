"""The page of ports and access: which ports the services get, and who may reach them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton

from harmony_desktop.control.state import Light, StackState
from harmony_desktop.control.wizard import EVERYBODY, ONLY_HERE, Page, PortOption, WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.style import button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wizard_parts import Line, WizardPage, buttons_row, pressed, rows_card, section, wrapping


class PortsPage(WizardPage):
    """A row for each port, and the choice of who may reach them."""

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp) -> None:
        super().__init__(theme, turning, wizard, tr("Ports and access"))
        frame, self._inside = rows_card()
        self.rows: dict[tuple[str, int], _PortRow] = {}
        self._looking = Line(theme, turning, first=True)
        self._looking.say(Light.BUSY, tr("Looking which ports are free"))
        self._inside.addWidget(self._looking)
        self.content.addWidget(frame)
        self.offered = pressed(button(theme, tr("Use the free ports"), "primary"), wizard.use_offered_ports)
        self.again = pressed(button(theme, tr("Look again")), wizard.look_again)
        self.content.addLayout(buttons_row(self.offered, self.again))
        access, inside = section(theme, tr("Who may reach Harmony"))
        self._group = QButtonGroup(self)
        self.here = QRadioButton(tr("Only this computer"))
        self.everybody = QRadioButton(tr("Everybody on your network"))
        for made, address in ((self.here, ONLY_HERE), (self.everybody, EVERYBODY)):
            made.setFont(theme.font(Type.TEXT))
            self._group.addButton(made)
            made.clicked.connect(partial(self._choose, address))
            inside.addWidget(made)
        self._warning = wrapping(theme, Type.SECOND, "attention")
        self._warning.setText(
            tr(
                "None of the services asks for a password: whoever is on your network can use them, read what is said, "
                "and change settings. Choose this only where you trust everybody."
            )
        )
        self._fixed = wrapping(theme, Type.SECOND, "second")
        self._fixed.setText(tr("This folder’s compose files say it themselves: it can be changed there."))
        inside.addWidget(self._warning)
        inside.addWidget(self._fixed)
        self.content.addWidget(access)
        self.content.addStretch(1)

    def _choose(self, address: str, _checked: bool = False) -> None:
        self.wizard.choose_address(address)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show the ports and who has them."""
        held = [option for option in wizard.ports if option.fault]
        text = (
            trn("{n} port is taken.", "{n} ports are taken.", len(held))
            if held
            else tr("The services answer on these ports of this computer; all of them are free.")
        )
        self.say(tr("Ports and access"), text if wizard.ports else "")
        self._looking.setVisible(not wizard.ports)
        self._show_rows(wizard)
        self.offered.setVisible(any(option.offered for option in held))
        busy = Page.PORTS in wizard.looking
        self.again.setEnabled(not busy)
        self.again.setText(tr("Looking…") if busy else tr("Look again"))
        chosen = self.here if wizard.wanted_address == ONLY_HERE else self.everybody
        chosen.setChecked(True)
        for made in (self.here, self.everybody):
            made.setEnabled(wizard.may_choose_address)
        self._fixed.setVisible(not wizard.may_choose_address)
        self._warning.setVisible(wizard.wanted_address != ONLY_HERE)

    def _show_rows(self, wizard: WizardState) -> None:
        ports = wizard.ports
        known = {(option.service, option.target) for option in ports}
        for key in [key for key in self.rows if key not in known]:
            gone = self.rows.pop(key)
            self._inside.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for option in ports:
            key = (option.service, option.target)
            if key not in self.rows:
                made = self.rows[key] = _PortRow(self.theme, self.turning, self.wizard, first=not self.rows)
                self._inside.addWidget(made)
            self.rows[key].show_port(option, wizard.choices.ports.get(option.variable, option.port))


class _PortRow(Line):
    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp, *, first: bool) -> None:
        super().__init__(theme, turning, first=first)
        self._wizard = wizard
        self._option: PortOption | None = None
        self._wanted = 0
        self.field = QLineEdit()
        self.field.setValidator(QIntValidator(1, 65535, self.field))
        self.field.setFixedWidth(theme.scaled(90))
        self.field.setMinimumHeight(theme.scaled(Space.CONTROL_HEIGHT))
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.textEdited.connect(self._edited)
        self.right.addWidget(self.field)

    def show_port(self, option: PortOption, wanted: int) -> None:
        self._option = option
        purpose = _purpose(option)
        title = tr("{service}: {purpose}", service=option.title, purpose=purpose) if purpose else option.title
        lines = [told(option.fault), told(option.advice)]
        if option.offered:
            lines.append(tr("Port {port} is free.", port=option.offered))
        if not option.variable:
            lines.append(tr("It is written in the compose file, and can be changed there."))
        self.say(Light.ATTENTION if option.fault else Light.READY, title, "\n".join(each for each in lines if each))
        self.field.setAccessibleName(tr("Port of {title}", title=title))
        self.field.setEnabled(bool(option.variable))
        if wanted != self._wanted:
            # What is typed is left alone until it means another port.
            self._wanted = wanted
            if self.field.text() != str(wanted):
                self.field.setText(str(wanted))

    def _edited(self, text: str) -> None:
        if self._option is not None and self.field.hasAcceptableInput():
            self._wizard.choose_port(self._option.variable, int(text))


def _purpose(option: PortOption) -> str:
    """Return what a port of the stack is for, or ""."""
    return {
        28080: tr("characters and games"),
        28081: tr("management"),
        7860: tr("web page"),
        5000: tr("API"),
        12080: tr("voices"),
        80: tr("web page"),
    }.get(option.target, "")

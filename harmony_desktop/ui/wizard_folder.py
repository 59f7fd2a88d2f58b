"""The page of the folder: where the stack lives, what speaks against a place, and taking over one that is there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit

from harmony_desktop.control.state import Light, StackState
from harmony_desktop.control.wizard import FolderKind, FolderLook, Page, WizardState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wizard_parts import Line, WizardPage, disk_size, pressed, rows_card, section


class FolderPage(WizardPage):
    """A path, what was found there, and the room on the disks."""

    restore_wanted = Signal()

    def __init__(self, theme: Theme, turning: Turning, wizard: SettingUp) -> None:
        super().__init__(
            theme,
            turning,
            wizard,
            tr("Where shall it live?"),
            tr("A folder of plain files: configuration, characters, voices and models."),
        )
        frame, inside = section(theme, tr("Folder"))
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Folder"))
        self.field.setMinimumHeight(theme.scaled(Space.CONTROL_HEIGHT))
        self.field.textEdited.connect(wizard.choose_folder)
        self.browse = pressed(button(theme, tr("Choose…")), self._browse)
        row.addWidget(self.field, 1)
        row.addWidget(self.browse)
        inside.addLayout(row)
        self.restore = pressed(button(theme, tr("Restore a backup…"), "quiet"), self.restore_wanted.emit)
        inside.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignLeft)
        self.content.addWidget(frame)
        self._adoption, adopted = section(
            theme,
            tr("A stack that was set up by hand"),
            tr("It can be taken over as it is: nothing in it is changed or overwritten. This would be added:"),
        )
        self._added = label(theme, Type.SECOND, "code")
        self._added.setWordWrap(True)
        self._added.setAccessibleName(tr("What would be added"))
        self.adopt = QCheckBox(tr("Take over this folder"))
        self.adopt.setFont(theme.font(Type.TEXT))
        self.adopt.clicked.connect(wizard.adopt)
        adopted.addWidget(self._added)
        adopted.addWidget(self.adopt)
        self.content.addWidget(self._adoption)
        facts, self._rows = rows_card()
        self._lines: list[Line] = []
        self.content.addWidget(facts)
        self.content.addStretch(1)

    def render_state(self, state: StackState, wizard: WizardState) -> None:
        """Show what was found in the place."""
        if self.field.text() != wizard.choices.folder:
            self.field.setText(wizard.choices.folder)
        look = wizard.look
        taken = look is not None and look.kind is FolderKind.QUICKSTART
        self._adoption.setVisible(taken)
        if look is not None and taken:
            set_text(self._added, "\n".join(f"{each.path}   {told(each.text)}" for each in look.additions))
            self._added.setVisible(bool(look.additions))
            self.adopt.setChecked(wizard.choices.adopt)
        self._show(list(_facts(look, wizard)))

    def _show(self, facts: list[tuple[Light, str, str]]) -> None:
        while len(self._lines) < len(facts):
            line = Line(self.theme, self.turning, first=not self._lines)
            self._lines.append(line)
            self._rows.addWidget(line)
        for index, line in enumerate(self._lines):
            line.setVisible(index < len(facts))
            if index < len(facts):
                line.say(*facts[index])

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Choose the folder"), self.field.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.wizard.choose_folder)
        dialog.open()


def _facts(look: FolderLook | None, wizard: WizardState) -> list[tuple[Light, str, str]]:
    """Return what there is to say of a place, each with its light."""
    if look is None or Page.FOLDER in wizard.looking:
        return [(Light.BUSY, tr("Looking at this place"), "")]
    if look.fault is not None:
        text = "\n".join(told(part) for part in (look.fault.cause, look.fault.advice) if part)
        return [(Light.FAILED, told(look.fault.title), text)]
    kinds = {
        FolderKind.NEW: (tr("A new folder"), tr("It is made when you are ready: nothing is written before.")),
        FolderKind.FILLED: (
            tr("Other things lie in this folder"),
            tr("They stay as they are; the stack’s files will stand among them. A folder of its own is tidier."),
        ),
        FolderKind.OURS: (
            tr("Harmony’s own folder"),
            tr("What is missing is added, and what you have changed stays as it is."),
        ),
        FolderKind.QUICKSTART: (
            tr("A stack that was set up by hand"),
            tr("Take it over, or choose another folder for a new one."),
        ),
    }
    light = Light.ATTENTION if look.kind is FolderKind.FILLED else Light.READY
    if look.kind is FolderKind.QUICKSTART and not wizard.choices.adopt:
        light = Light.ATTENTION
    facts = [(light, *kinds[look.kind])]
    facts.append(
        (
            Light.READY if look.free >= look.needed else Light.ATTENTION,
            tr("{free} free on the folder’s disk", free=disk_size(look.free)),
            tr("Models and voices are kept there: {needed} are comfortable.", needed=disk_size(look.needed)),
        )
    )
    if wizard.images and wizard.images_free >= 0:
        facts.append(
            (
                Light.READY if wizard.images_free >= wizard.images else Light.ATTENTION,
                tr("{free} free on Docker’s disk", free=disk_size(wizard.images_free)),
                tr("The services take about {needed} there.", needed=disk_size(wizard.images)),
            )
        )
    elif wizard.images:
        text = tr("The services take about {needed} there.", needed=disk_size(wizard.images))
        facts.append((Light.UNKNOWN, tr("Docker’s disk cannot be seen from here"), text))
    if look.warnings:
        title = trn("One thing to know of this place", "{n} things to know of this place", len(look.warnings))
        facts.append((Light.ATTENTION, title, "\n".join(told(warning) for warning in look.warnings)))
    return facts

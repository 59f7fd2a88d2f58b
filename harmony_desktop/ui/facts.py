"""A card of facts: rows with a light, a fact, what it means, and a word at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.kinds import EngineStatus, Light
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.records import dataclass
from harmony_desktop.ui.engine_card import engine_light, engine_words
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.style import label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size


@dataclass(frozen=True, slots=True)
class Fact:
    """One row."""

    light: Light
    title: str
    text: str = ""
    word: str = ""


def engine_fact(state: StackState) -> Fact:
    """Return what there is to say about the engine."""
    engine = state.engine
    # Commands need room and buttons, which the engine's card has.
    helps = tr("The page “Stack” tells what helps.") if engine.help.commands else told(engine.advice)
    text = " ".join(part for part in (told(engine.reason), helps) if part)
    if engine.status is EngineStatus.READY and not text:
        text = tr("Runs Harmony’s services, each in its own container.")
    word = {EngineStatus.READY: tr("ready"), EngineStatus.SEARCHING: tr("looking")}.get(engine.status, "")
    return Fact(
        engine_light(engine.status), engine_words(engine).split(" · ")[0] if word else engine_words(engine), text, word
    )


def machine_facts(state: StackState) -> list[Fact]:
    """Return what there is to say about cards, processor and memory."""
    hardware = state.hardware
    facts = []
    uses_cards = hardware.profile == "nvidia"
    for gpu in hardware.gpus:
        details = [tr("{memory} memory", memory=size(gpu.memory))]
        if gpu.compute_capability:
            details.append(tr("compute {version}", version=gpu.compute_capability))
        if hardware.driver:
            details.append(tr("driver {version}", version=hardware.driver))
        unused = Light.ATTENTION if hardware.automatic else Light.STOPPED
        facts.append(
            Fact(
                Light.READY if uses_cards else unused,
                gpu.name,
                " · ".join(details),
                tr("in use") if uses_cards else tr("not used"),
            )
        )
    if not hardware.gpus and hardware.profile:
        facts.append(
            Fact(Light.STOPPED, tr("No graphics card for Harmony"), tr("Everything works on the processor, slower."))
        )
    if hardware.cores:
        title = trn(
            "{n} processor core, {memory} memory",
            "{n} processor cores, {memory} memory",
            hardware.cores,
            memory=size(hardware.memory),
        )
        enough = hardware.cores >= (4 if uses_cards else 8)
        text = (
            tr("Recommended: 4 cores with a graphics card")
            if uses_cards
            else tr("Recommended: 8 cores without a graphics card")
        )
        facts.append(
            Fact(Light.READY if enough else Light.ATTENTION, title, text, tr("plenty") if enough else tr("tight"))
        )
    return facts


def profile_fact(state: StackState) -> Fact | None:
    """Return what Harmony will compute on and why, or None while nobody knows."""
    hardware = state.hardware
    text = "\n".join(told(each) for each in (*hardware.reasons, hardware.advice) if each)
    if hardware.profile == "nvidia":
        return Fact(Light.READY, tr("Text and speech can run on your card"), text, tr("fast"))
    if hardware.profile == "cpu":
        light = Light.ATTENTION if hardware.gpus and hardware.automatic else Light.READY
        return Fact(light, tr("Text and speech will run on the processor"), text, tr("slower"))
    return None


class FactsCard(QFrame):
    """Rows of facts; rows are reused."""

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._theme = theme
        self._turning = turning
        self._rows: list[_FactRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(1, 1, 1, 1)
        self._layout.setSpacing(0)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts and no others."""
        while len(self._rows) < len(facts):
            row = _FactRow(self._theme, self._turning, first=not self._rows)
            self._rows.append(row)
            self._layout.addWidget(row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(facts))
            if index < len(facts):
                row.show_fact(facts[index])


class _FactRow(QFrame):
    def __init__(self, theme: Theme, turning: Turning, first: bool) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("surface", "row")
        self.setProperty("first", "yes" if first else "no")
        self.setMinimumHeight(theme.scaled(66))
        self._light = LightWidget(theme, turning)
        self._title = label(theme, Type.STRONG)
        self._title.setWordWrap(True)
        self._text = label(theme, Type.SECOND, "second")
        self._text.setWordWrap(True)
        self._word = label(theme, Type.STRONG)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.setSpacing(Space.M + 2)
        layout.addWidget(self._light, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addStretch(1)
        layout.addLayout(words, 1)
        layout.addWidget(self._word)

    def show_fact(self, fact: Fact) -> None:
        self._light.show_light(fact.light, f"{fact.title}: {fact.word}" if fact.word else fact.title, fact.text)
        set_text(self._title, fact.title)
        set_text(self._text, fact.text)
        self._text.setVisible(bool(fact.text))
        set_text(self._word, fact.word)
        mark(self._word, "tone", self._theme.light_role(fact.light))

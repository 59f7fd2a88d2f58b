"""What the machine does right now: a card of meters for each graphics card, and one for the computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from harmony_desktop.control.meters import GpuSample, MachineSample
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.meter import Meter
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import amount, degrees, share, size, watts

#: Below this width of the page, meters stand in two columns.
_NARROW = 720


class MachineCards(QWidget):
    """Shows samples; cards appear as the machine has them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._computer = _Computer(theme)
        self._gpus: dict[str, _Gpu] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(Space.L)
        self._layout.addWidget(self._computer)

    def show_sample(self, sample: MachineSample, titles: Mapping[str, str]) -> None:
        """Show one more sample; ``titles`` are the services' titles by their names."""
        self._computer.add(sample)
        known = {gpu.uuid for gpu in sample.gpus}
        for uuid in [uuid for uuid in self._gpus if uuid not in known]:
            gone = self._gpus.pop(uuid)
            self._layout.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, gpu in enumerate(sample.gpus):
            if gpu.uuid not in self._gpus:
                self._gpus[gpu.uuid] = _Gpu(self._theme, gpu.name)
                self._layout.insertWidget(index, self._gpus[gpu.uuid])
            words = gpu_share_words(sample, titles) if index == len(sample.gpus) - 1 else ""
            self._gpus[gpu.uuid].add(gpu, words)

    def forget(self) -> None:
        """Begin anew: time has passed in which nobody looked."""
        self._computer.forget()
        for gpu in self._gpus.values():
            gpu.forget()


def gpu_share_words(sample: MachineSample, titles: Mapping[str, str]) -> str:
    """Return which service uses how much of the cards' memory, or why that is not known, as one line."""
    if sample.gpu_by_service is None:
        return told(sample.gpu_untold)
    if not sample.gpu_by_service:
        return tr("None of the services uses the card’s memory.")
    largest = sorted(sample.gpu_by_service.items(), key=lambda item: -item[1])
    shares = " · ".join(f"{titles.get(name, name)} {size(used)}" for name, used in largest)
    return tr("Memory in use: {shares}", shares=shares)


class _MeterCard(QFrame):
    """A title and meters side by side, or two by two where there is little room."""

    def __init__(self, theme: Theme, title: str, meters: Sequence[Meter]) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._theme = theme
        self._meters = tuple(meters)
        self._columns = 0
        inside = QVBoxLayout(self)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        inside.setSpacing(Space.M)
        self.title = label(theme, Type.STRONG, text=title)
        self.title.setWordWrap(True)
        inside.addWidget(self.title)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.XL)
        self._grid.setVerticalSpacing(Space.M)
        inside.addLayout(self._grid)
        self.foot = label(theme, Type.SECOND, "second")
        self.foot.setWordWrap(True)
        self.foot.setVisible(False)
        inside.addWidget(self.foot)
        self._arrange(len(self._meters))

    def resizeEvent(self, event: object) -> None:
        narrow = self.width() < self._theme.scaled(_NARROW)
        self._arrange(min(2, len(self._meters)) if narrow else len(self._meters))
        del event

    def forget(self) -> None:
        for meter in self._meters:
            meter.forget()

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for index, meter in enumerate(self._meters):
            self._grid.addWidget(meter, index // columns, index % columns, Qt.AlignmentFlag.AlignTop)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)


class _Gpu(_MeterCard):
    def __init__(self, theme: Theme, name: str) -> None:
        self._busy = Meter(theme, tr("Load"), 100)
        self._memory = Meter(theme, tr("Memory"), 1)
        self._heat = Meter(theme, tr("Temperature"), 100)
        self._power = Meter(theme, tr("Power"), 100)
        super().__init__(theme, name, (self._busy, self._memory, self._heat, self._power))

    def add(self, gpu: GpuSample, shares: str) -> None:
        untold = tr("not told")
        self._busy.add(gpu.busy, untold if gpu.busy is None else share(gpu.busy))
        used = gpu.memory_used
        self._memory.add(used, untold if used is None else amount(used, gpu.memory), float(gpu.memory or 1))
        self._heat.add(gpu.temperature, untold if gpu.temperature is None else degrees(gpu.temperature))
        self._power.add(gpu.power, untold if gpu.power is None else watts(gpu.power, gpu.power_limit), gpu.power_limit)
        set_text(self.foot, shares)
        self.foot.setVisible(bool(shares))


class _Computer(_MeterCard):
    def __init__(self, theme: Theme) -> None:
        self._cpu = Meter(theme, tr("Processor"), 100)
        self._memory = Meter(theme, tr("Memory"), 1)
        super().__init__(theme, tr("This computer"), (self._cpu, self._memory))

    def add(self, sample: MachineSample) -> None:
        self._cpu.add(sample.cpu, share(sample.cpu))
        self._memory.add(sample.memory_used, amount(sample.memory_used, sample.memory), float(sample.memory or 1))

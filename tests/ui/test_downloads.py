"""Downloads in the window: a row for each image, a line for each layer when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress
from harmony_desktop.control.transfer import Download, DownloadPhase, Pace
from harmony_desktop.ui.download_words import image_line, layer_line, pace_words, time_left
from harmony_desktop.ui.downloads import DownloadList, DownloadRow
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.theme import Theme

MB = 2**20
LAYERS = (
    LayerProgress("aaa", LayerPhase.THERE),
    LayerProgress("bbb", LayerPhase.DOWNLOADING, 30 * MB, 90 * MB),
    LayerProgress("ccc"),
)
PROGRESS = PullProgress("some/image:1", "Downloading", 30 * MB, 90 * MB, 1, 3, LAYERS)
DOWNLOAD = Download(
    PROGRESS, DownloadPhase.DOWNLOADING, Pace(2.0 * MB, 30.0, at_least=True), (Pace(), Pace(2.0 * MB, 30.0), Pace())
)


@pytest.fixture
def downloads(theme: Theme, turning: Turning) -> Iterator[DownloadList]:
    host = QWidget()
    layout = QVBoxLayout(host)
    made = DownloadList(theme, turning)
    layout.addWidget(made)
    yield made
    host.deleteLater()


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget) and label.text()]


def row(downloads: DownloadList, number: int = 0) -> DownloadRow:
    return [found for found in downloads.findChildren(DownloadRow) if found.isVisibleTo(downloads)][number]


def test_an_image_tells_layers_speed_and_time(downloads: DownloadList) -> None:
    downloads.show_downloads((DOWNLOAD,))
    assert words(downloads) == [
        "some/image:1",
        "30 of 90 MB",
        "Downloading · 1 of 3 layers · 2 MB/s · over 30 s left",
    ]


def test_layers_are_shown_when_asked_for(downloads: DownloadList) -> None:
    downloads.show_downloads((DOWNLOAD,))
    expander = row(downloads).expander
    assert expander.accessibleName() == "Layers of some/image:1"
    expander.click()
    shown = words(downloads)
    assert shown[3:5] == ["aaa", "Already there"]
    assert shown[5:8] == ["bbb", "Downloading", "30 of 90 MB · 2 MB/s · 30 s left"]
    assert shown[8:10] == ["ccc", "Waiting"]
    done = replace(PROGRESS, parts=(*LAYERS[:2], LayerProgress("ccc", LayerPhase.EXTRACTING, 5 * MB, 5 * MB)))
    downloads.show_downloads((replace(DOWNLOAD, progress=done),))
    assert words(downloads)[8:11] == ["ccc", "Unpacking", "5 of 5 MB"]
    expander.click()
    assert "aaa" not in words(downloads)


def test_what_has_ended_leaves_no_row_behind(downloads: DownloadList) -> None:
    other = replace(DOWNLOAD, progress=replace(PROGRESS, image="other:1"))
    downloads.show_downloads((DOWNLOAD, other))
    row(downloads, 0).expander.click()
    downloads.show_downloads((other,))
    assert words(downloads)[0] == "other:1"
    assert "aaa" not in words(downloads), "another image begins with its layers hidden"
    downloads.show_downloads(())
    assert downloads.isHidden()


def test_many_images_are_counted(downloads: DownloadList) -> None:
    downloads.show_downloads(
        tuple(replace(DOWNLOAD, progress=replace(PROGRESS, image=f"image:{number}")) for number in range(11))
    )
    assert "and 3 more" in words(downloads)


@pytest.mark.parametrize(
    ("pace", "told"),
    [
        (Pace(), "— left"),
        (Pace(5.0 * MB, 0.2), "1 s left"),
        (Pace(5.0 * MB, 59.4), "59 s left"),
        (Pace(5.0 * MB, 200.0), "3 min left"),
        (Pace(5.0 * MB, 8000.0, at_least=True), "over 2 h 13 min left"),
    ],
)
def test_the_time_that_is_left(pace: Pace, told: str) -> None:
    assert time_left(pace) == told


def test_words_without_sizes() -> None:
    assert pace_words(Pace(3.0 * MB)) == "3 MB/s · — left"
    assert layer_line(LayerProgress("a", LayerPhase.DOWNLOADING, 7 * MB, 0), Pace(3.0 * MB)) == "7 MB · 3 MB/s · — left"
    assert image_line(Download(PullProgress("a", ""))) == "Waiting"

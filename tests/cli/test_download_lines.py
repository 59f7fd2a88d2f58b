"""Downloads as lines of text."""

from __future__ import annotations

from dataclasses import replace

from harmony_desktop.cli.download_lines import image_line, layer_line, live_lines, seconds
from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress
from harmony_desktop.control.transfer import Download, DownloadPhase, Pace

MB = 10**6
LAYERS = (
    LayerProgress("aaa", LayerPhase.THERE),
    LayerProgress("bbb", LayerPhase.DOWNLOADING, 30 * MB, 90 * MB),
    LayerProgress("ccc"),
)
PACE = Pace(2.0 * MB, 30.0, at_least=True)
DOWNLOAD = Download(
    PullProgress("image:1", "", 30 * MB, 90 * MB, 1, 3, LAYERS),
    DownloadPhase.DOWNLOADING,
    PACE,
    (Pace(), Pace(2.0 * MB, 30.0), Pace()),
)
OTHER = Download(PullProgress("other:1", ""))


def test_an_image_and_a_layer_in_a_line() -> None:
    assert image_line(DOWNLOAD) == "image:1: downloading, 1 of 3 layers, 30.0 MB of 90.0 MB, 2.0 MB/s, over 30 s left"
    assert layer_line(LAYERS[1], Pace(2.0 * MB, 30.0)) == "bbb: downloading, 30.0 MB of 90.0 MB, 2.0 MB/s, 30 s left"
    assert layer_line(LayerProgress("a", LayerPhase.DOWNLOADING, MB, 0), Pace()) == "a: downloading, 1.0 MB, —, — left"
    assert image_line(OTHER) == "other:1: waiting"


def test_live_lines_show_images_busy_layers_and_the_whole() -> None:
    lines = live_lines((DOWNLOAD, OTHER, Download(OTHER.progress, DownloadPhase.DONE)), PACE, 100, 24)
    assert [line.split(":")[0] for line in lines] == ["image", "  bbb", "other", "Together"]
    assert lines[-1] == "Together: 2.0 MB/s, over 30 s left"


def test_live_lines_fit_the_terminal() -> None:
    lines = live_lines((DOWNLOAD,) * 3 + (OTHER,), PACE, 30, 7)
    assert len(lines) <= 6
    assert all(len(line) < 30 for line in lines)
    assert len(live_lines((DOWNLOAD,) * 50, PACE, 80, 5)) <= 4


def test_a_long_name_gives_way_to_the_numbers() -> None:
    long = replace(DOWNLOAD, progress=replace(DOWNLOAD.progress, image=f"registry.example/{'x' * 60}/end:1"))
    [line, _] = live_lines((long,), PACE, 100, 24)
    assert len(line) < 100
    assert line.startswith("…xx")
    assert line.endswith("/end:1: downloading, 1 of 3 layers, 30.0 MB of 90.0 MB, 2.0 MB/s, over 30 s left")


def test_lengths_of_time() -> None:
    assert [seconds(value) for value in (0.1, 59, 61, 601, 3700)] == ["1 s", "59 s", "1 min 1 s", "10 min", "1 h 1 min"]

"""Speeds and times from counts of bytes."""

from __future__ import annotations

import pytest

from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress
from harmony_desktop.control.transfer import DownloadMeter, DownloadPhase, Gauge, phase_of

MB = 10**6


def image(*parts: LayerProgress, name: str = "one") -> PullProgress:
    return PullProgress(
        name,
        "",
        sum(part.current for part in parts),
        sum(part.total for part in parts),
        sum(part.ended for part in parts),
        len(parts),
        parts,
    )


def loading(current: int, total: int, identifier: str = "a") -> LayerProgress:
    return LayerProgress(identifier, LayerPhase.DOWNLOADING, current, total)


def test_a_steady_flow_has_its_speed_and_its_time() -> None:
    meter = DownloadMeter()
    meter.expect("one")
    for second in range(21):
        meter.take(second, image(loading(second * MB, 100 * MB)))
    [download] = meter.downloads(20)
    assert download.pace.speed == pytest.approx(MB)
    assert download.pace.remaining == pytest.approx(80)
    assert not download.pace.at_least
    assert download.layers[0] == download.pace
    assert meter.pace(20) == download.pace


def test_nothing_is_told_of_a_speed_before_it_was_watched() -> None:
    gauge = Gauge()
    assert gauge.speed(0) is None
    gauge.take(0, 0)
    gauge.take(0.5, 50)
    assert gauge.speed(0.5) is None
    gauge.take(1.5, 150)
    assert gauge.speed(1.5) == pytest.approx(100)


def test_a_speed_is_smoothed_and_sinks_while_nothing_comes() -> None:
    gauge = Gauge()
    for second in range(11):
        gauge.take(second, second * 1000)
    gauge.take(11, 30_000)
    speed = gauge.speed(11)
    assert speed is not None
    assert 1000 < speed < 6000, "one gulp does not make a speed"
    later, much_later = gauge.speed(16), gauge.speed(100)
    assert later is not None
    assert much_later is not None
    assert later < speed / 2
    assert much_later < 1


def test_a_standstill_has_no_time() -> None:
    meter = DownloadMeter()
    for second in range(5):
        meter.take(second, image(loading(second * MB, 100 * MB)))
    assert meter.pace(4).remaining is not None
    assert meter.pace(120).remaining is None


def test_a_count_that_begins_anew_is_no_loss() -> None:
    gauge = Gauge()
    for second, count in enumerate((0, 100, 200, 0, 100)):
        gauge.take(second, count)
    speed = gauge.speed(4)
    assert speed is not None
    assert 0 < speed <= 100


def test_layers_of_which_nothing_is_known_make_a_time_a_lower_bound() -> None:
    meter = DownloadMeter()
    for second in range(11):
        meter.take(second, image(loading(second * MB, 20 * MB), LayerProgress("b")))
    pace = meter.pace(10)
    assert pace.remaining == pytest.approx(10)
    assert pace.at_least


def test_a_registry_that_tells_no_size_has_a_speed_and_no_time() -> None:
    meter = DownloadMeter()
    for second in range(11):
        meter.take(second, image(loading(second * MB, 0)))
    [download] = meter.downloads(10)
    assert download.pace.speed == pytest.approx(MB)
    assert download.pace.remaining is None
    assert download.layers[0].remaining is None


def test_images_that_wait_make_the_whole_a_lower_bound_and_those_that_have_come_do_not_count() -> None:
    meter = DownloadMeter()
    for name in ("one", "two"):
        meter.expect(name)
    for second in range(11):
        meter.take(second, image(loading(second * MB, 20 * MB)))
    assert meter.pace(10).at_least
    meter.end("one", well=True)
    for second in range(11, 21):
        meter.take(second, image(loading((second - 11) * MB, 10 * MB), name="two"))
    pace = meter.pace(20)
    assert pace.remaining == pytest.approx(1, rel=0.3)
    assert not pace.at_least
    meter.end("two", well=False)
    meter.expect("three")
    meter.end("three", well=True)
    phases = [download.phase for download in meter.downloads(20)]
    assert phases == [DownloadPhase.DONE, DownloadPhase.FAILED, DownloadPhase.THERE]
    assert not meter.active
    assert meter.pace(20).speed is None


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        ([], DownloadPhase.WAITING),
        ([LayerPhase.WAITING, LayerPhase.WAITING], DownloadPhase.WAITING),
        ([LayerPhase.THERE, LayerPhase.DOWNLOADING], DownloadPhase.DOWNLOADING),
        ([LayerPhase.FETCHED, LayerPhase.WAITING], DownloadPhase.DOWNLOADING),
        ([LayerPhase.RETRYING, LayerPhase.FETCHED], DownloadPhase.RETRYING),
        ([LayerPhase.VERIFYING, LayerPhase.FETCHED], DownloadPhase.UNPACKING),
        ([LayerPhase.DONE, LayerPhase.EXTRACTING], DownloadPhase.UNPACKING),
        ([LayerPhase.THERE, LayerPhase.DONE], DownloadPhase.DONE),
        ([LayerPhase.THERE, LayerPhase.THERE], DownloadPhase.THERE),
    ],
)
def test_the_phase_of_an_image(phases: list[LayerPhase], told: DownloadPhase) -> None:
    assert phase_of(LayerProgress(str(number), phase) for number, phase in enumerate(phases)) is told

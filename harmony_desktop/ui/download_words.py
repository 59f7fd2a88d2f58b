"""Downloads in words. Pure functions."""

from __future__ import annotations

from datetime import timedelta

from harmony_desktop.control.ports import LayerPhase, LayerProgress
from harmony_desktop.control.transfer import Download, DownloadPhase, Pace
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.wording import duration, size, transferred

#: What stands where a time would stand that nobody knows.
UNKNOWN = "—"
_DOT = " · "


def phase_word(phase: DownloadPhase) -> str:
    """Return how far an image is, in a word."""
    return {
        DownloadPhase.WAITING: tr("Waiting"),
        DownloadPhase.DOWNLOADING: tr("Downloading"),
        DownloadPhase.RETRYING: tr("Trying again"),
        DownloadPhase.UNPACKING: tr("Unpacking"),
        DownloadPhase.DONE: tr("Done"),
        DownloadPhase.THERE: tr("Already there"),
        DownloadPhase.FAILED: tr("Failed"),
    }[phase]


def layer_word(layer: LayerProgress) -> str:
    """Return what is done with a layer, in a word."""
    return {
        LayerPhase.WAITING: tr("Waiting"),
        LayerPhase.DOWNLOADING: tr("Downloading"),
        LayerPhase.RETRYING: tr("Trying again"),
        LayerPhase.VERIFYING: tr("Checking"),
        LayerPhase.FETCHED: tr("Downloaded"),
        LayerPhase.EXTRACTING: tr("Unpacking"),
        LayerPhase.DONE: tr("Done"),
        LayerPhase.THERE: tr("Already there"),
    }[layer.phase]


def speed(pace: Pace) -> str:
    """Return "12 MB/s", or "" while unknown."""
    return "" if pace.speed is None else tr("{size}/s", size=size(round(pace.speed)))


def time_left(pace: Pace) -> str:
    """Return "4 min left", "over 4 min left" while sizes are missing, or "— left" while unknown."""
    if pace.remaining is None:
        return tr("{time} left", time=UNKNOWN)
    length = duration(timedelta(seconds=max(1, round(pace.remaining))))
    return tr("over {time} left", time=length) if pace.at_least else tr("{time} left", time=length)


def pace_words(pace: Pace) -> str:
    """Return speed and time: "12 MB/s · 4 min left"."""
    return _DOT.join(part for part in (speed(pace), time_left(pace)) if part)


def image_line(download: Download) -> str:
    """Return the second line of an image: "Downloading · 3 of 7 layers · 12 MB/s · 4 min left"."""
    parts = [phase_word(download.phase)]
    progress = download.progress
    if progress.layers:
        parts.append(tr("{done} of {total} layers", done=progress.layers_done, total=progress.layers))
    if download.phase in {DownloadPhase.DOWNLOADING, DownloadPhase.RETRYING}:
        parts.append(pace_words(download.pace))
    return _DOT.join(parts)


def layer_line(layer: LayerProgress, pace: Pace) -> str:
    """Return the numbers of a layer: "36 of 110 MB · 3 MB/s · 25 s left"."""
    parts = [transferred(layer.current, layer.total)]
    if layer.phase is LayerPhase.DOWNLOADING:
        parts.append(pace_words(pace))
    return _DOT.join(part for part in parts if part)


def spoken(download: Download) -> str:
    """Return how an image does for a screen reader, without a number that changes all the time."""
    progress = download.progress
    layers = tr("{done} of {total} layers", done=progress.layers_done, total=progress.layers) if progress.layers else ""
    return ", ".join(part for part in (phase_word(download.phase), layers) if part)

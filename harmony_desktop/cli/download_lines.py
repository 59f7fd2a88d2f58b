"""Downloads as lines of text: live ones on a terminal, sparse ones in a pipe. Pure, but for the clock of its caller."""

from __future__ import annotations

from collections.abc import Iterable

from harmony_desktop.control.ports import LayerPhase, LayerProgress
from harmony_desktop.control.transfer import Download, DownloadPhase, Pace

_COMING = frozenset({DownloadPhase.DOWNLOADING, DownloadPhase.RETRYING})
#: An image in one of these needs no line any more.
ENDED = frozenset({DownloadPhase.DONE, DownloadPhase.THERE, DownloadPhase.FAILED})
#: Letters of an image's name that stay, however narrow the terminal is.
_LEAST_NAME = 12
#: Layers that deserve a line: something is being done with them.
_BUSY = frozenset({LayerPhase.DOWNLOADING, LayerPhase.RETRYING, LayerPhase.VERIFYING, LayerPhase.EXTRACTING})


def megabytes(count: float) -> str:
    """Return a number of bytes for people, in powers of ten as registries count."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def seconds(length: float) -> str:
    """Return a length of time as "40 s", "3 min 20 s" or "1 h 5 min"."""
    whole = max(1, round(length))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def pace_words(pace: Pace) -> str:
    """Return "21.4 MB/s, 40 s left"; "over" while sizes are missing, "—" for what nobody knows."""
    speed = "—" if pace.speed is None else f"{megabytes(pace.speed)}/s"
    left = "—" if pace.remaining is None else seconds(pace.remaining)
    return f"{speed}, {'over ' if pace.at_least and pace.remaining is not None else ''}{left} left"


def image_line(download: Download, width: int = 0) -> str:
    """Return one image in a line: "NAME: downloading, 3 of 7 layers, 1.2 of 4.8 GB, 21.4 MB/s, 40 s left".

    Args:
        download: The image.
        width: Columns that there are, at the cost of the name's beginning; 0 for any number.
    """
    progress = download.progress
    parts = [str(download.phase)]
    if progress.layers:
        parts.append(f"{progress.layers_done} of {progress.layers} layers")
    if progress.current or progress.total:
        parts.append(_amount(progress.current, progress.total))
    if download.phase in _COMING:
        parts.append(pace_words(download.pace))
    told = ", ".join(parts)
    name, room = progress.image, max(_LEAST_NAME, width - len(told) - 3)
    if width and len(name) > room:
        name = f"…{name[1 - room :]}"
    return f"{name}: {told}"


def layer_line(layer: LayerProgress, pace: Pace) -> str:
    """Return one layer in a line."""
    parts = [str(layer.phase)]
    if layer.current or layer.total:
        parts.append(_amount(layer.current, layer.total))
    if layer.phase is LayerPhase.DOWNLOADING:
        parts.append(pace_words(pace))
    return f"{layer.id}: {', '.join(parts)}"


def live_lines(downloads: Iterable[Download], total: Pace, width: int, height: int) -> list[str]:
    """Return what a terminal shows of all images: those on their way with their busy layers, and the whole below.

    Args:
        downloads: The images.
        total: How all of them together come along.
        width: Columns of the terminal; longer lines are cut.
        height: Lines of the terminal; layers give way first.
    """
    lines: list[str] = []
    coming = [download for download in downloads if download.phase not in ENDED]
    room = max(1, height - 2)
    layers_fit = room - len(coming)
    for download in coming[:room]:
        lines.append(image_line(download, width))
        for layer, pace in zip(download.progress.parts, download.layers, strict=False):
            if layer.phase in _BUSY and layers_fit > 0:
                lines.append(f"  {layer_line(layer, pace)}")
                layers_fit -= 1
    if len(coming) > 1:
        lines.append(f"Together: {pace_words(total)}")
    return [line if len(line) < width else f"{line[: max(1, width - 2)]}…" for line in lines]


def _amount(current: int, total: int) -> str:
    return f"{megabytes(current)} of {megabytes(total)}" if total > 0 else megabytes(current)

"""How fast images come, and how long they will take: from counts of bytes to speeds and times. No I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import field

from harmony_desktop.control.kinds import DownloadPhase
from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress
from harmony_desktop.records import dataclass

__all__ = [
    "SMOOTHING",
    "Download",
    "DownloadMeter",
    "DownloadPhase",
    "Gauge",
    "Pace",
    "phase_of",
]

#: Seconds over which a speed is smoothed: what came before counts for less and less.
SMOOTHING = 5.0
#: Seconds of watching before a speed is told; earlier ones are mere chance.
_WARM_UP = 1.0
#: Bytes a second below which nobody would wait for the end.
_STANDSTILL = 100.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How something comes along.

    Attributes:
        speed: Bytes a second, or None while unknown or while nothing is being fetched.
        remaining: Seconds until all bytes are there, or None while unknown.
        at_least: It will take longer than that: parts are still to come whose size nobody has told yet.
    """

    speed: float | None = None
    remaining: float | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """One image on its way.

    Attributes:
        progress: Its bytes and its layers.
        phase: How far it has come.
        pace: How it comes along.
        layers: How each of its layers does; in the order of ``progress.parts``.
    """

    progress: PullProgress
    phase: DownloadPhase = DownloadPhase.WAITING
    pace: Pace = Pace()
    layers: tuple[Pace, ...] = ()


class Gauge:
    """The smoothed speed of a count that grows."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._seen = 0.0
        self._count = 0
        self._rate = 0.0
        self._weight = 0.0

    def take(self, now: float, count: int) -> None:
        """Take a count.

        Args:
            now: Seconds of a clock that never goes back.
            count: The count; a smaller one than before begins anew without being a loss.
        """
        if self._begun is None:
            self._begun = self._seen = now
            self._count = count
            return
        passed = now - self._seen
        if passed <= 0:
            return  # counted with the next one
        share = math.exp(-passed / SMOOTHING)
        self._rate = self._rate * share + max(0, count - self._count) / passed * (1 - share)
        self._weight = self._weight * share + (1 - share)
        self._seen, self._count = now, count

    def speed(self, now: float) -> float | None:
        """Return counts a second, or None before there is anything to tell. It sinks while nothing comes."""
        if self._begun is None or now - self._begun < _WARM_UP:
            return None
        share = math.exp(-(now - self._seen) / SMOOTHING)
        weight = self._weight * share + (1 - share)
        return self._rate * share / weight if weight > 0 else None


@dataclass(slots=True)
class DownloadMeter:
    """Watches the images of one operation."""

    _images: dict[str, PullProgress] = field(default_factory=dict)
    _ended: dict[str, DownloadPhase] = field(default_factory=dict)
    _gauges: dict[tuple[str, str], Gauge] = field(default_factory=dict)

    def expect(self, image: str) -> None:
        """An image is going to be fetched."""
        self._images.setdefault(image, PullProgress(image, ""))

    def take(self, now: float, progress: PullProgress) -> None:
        """Take what is known of an image.

        Args:
            now: Seconds of a clock that never goes back.
            progress: What is known.
        """
        self._images[progress.image] = progress
        self._gauge(progress.image).take(now, progress.current)
        for part in progress.parts:
            if part.phase is not LayerPhase.WAITING:
                self._gauge(progress.image, part.id).take(now, part.current)
        self._gauge("").take(now, sum(each.current for each in self._images.values()))

    def end(self, image: str, *, well: bool) -> None:
        """An image has been fetched, or will not be."""
        there = self._images.get(image)
        if there is not None:
            # Of an image that is up to date the engine tells no layers.
            nothing_came = all(part.phase is LayerPhase.THERE for part in there.parts)
            done = DownloadPhase.THERE if nothing_came else DownloadPhase.DONE
            self._ended[image] = done if well else DownloadPhase.FAILED

    def clear(self) -> None:
        """Forget all images."""
        self._images.clear()
        self._ended.clear()
        self._gauges.clear()

    @property
    def active(self) -> int:
        """How many images are on their way, or about to be."""
        return len(self._images) - len(self._ended)

    def downloads(self, now: float) -> tuple[Download, ...]:
        """Return the images as they stand, in the order in which they were expected."""
        return tuple(self._download(now, progress) for progress in self._images.values())

    def pace(self, now: float) -> Pace:
        """Return how all images together come along."""
        coming = [progress for image, progress in self._images.items() if image not in self._ended]
        if not any(_parts_to_come(progress) for progress in coming):
            return Pace()
        return _pace(
            self._gauge("").speed(now),
            sum(progress.total - progress.current for progress in coming),
            unknown=any(_size_unknown(progress) for progress in coming),
        )

    def _download(self, now: float, progress: PullProgress) -> Download:
        ended = self._ended.get(progress.image)
        if ended is not None:
            return Download(progress, ended, layers=tuple(Pace() for _ in progress.parts))
        pace = Pace()
        if _parts_to_come(progress) and progress.parts:
            speed = self._gauge(progress.image).speed(now)
            pace = _pace(speed, progress.total - progress.current, unknown=_size_unknown(progress))
        layers = tuple(self._layer_pace(now, progress.image, part) for part in progress.parts)
        return Download(progress, phase_of(progress.parts), pace, layers)

    def _layer_pace(self, now: float, image: str, part: LayerProgress) -> Pace:
        if part.phase is not LayerPhase.DOWNLOADING:
            return Pace()
        return _pace(self._gauge(image, part.id).speed(now), part.total - part.current, unknown=part.total <= 0)

    def _gauge(self, image: str, layer: str = "") -> Gauge:
        return self._gauges.setdefault((image, layer), Gauge())


def phase_of(parts: Iterable[LayerProgress]) -> DownloadPhase:
    """Return how far an image is, by its layers."""
    phases = {part.phase for part in parts}
    if LayerPhase.DOWNLOADING in phases:
        return DownloadPhase.DOWNLOADING
    if LayerPhase.RETRYING in phases:
        return DownloadPhase.RETRYING
    if phases <= {LayerPhase.WAITING}:
        return DownloadPhase.WAITING
    if phases == {LayerPhase.THERE}:
        return DownloadPhase.THERE
    if LayerPhase.WAITING in phases:
        return DownloadPhase.DOWNLOADING
    return DownloadPhase.DONE if phases <= {LayerPhase.THERE, LayerPhase.DONE} else DownloadPhase.UNPACKING


def _parts_to_come(progress: PullProgress) -> bool:
    return not progress.parts or any(part.coming for part in progress.parts)


def _size_unknown(progress: PullProgress) -> bool:
    """Whether bytes will come of which nobody has told how many: a layer's size is told when its download begins."""
    return not progress.parts or any(part.coming and part.total <= 0 for part in progress.parts)


def _pace(speed: float | None, left: int, *, unknown: bool) -> Pace:
    if speed is None or speed < _STANDSTILL or left <= 0:
        return Pace(speed)
    return Pace(speed, left / speed, unknown)

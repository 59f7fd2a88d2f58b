"""Tells of releases of the panel itself: asks rarely, fetches only what somebody has pressed for, installs nothing."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harmony_desktop.control.app_news import AppNews, AppTools, Downloading, DownloadPhase, Remembered
from harmony_desktop.control.app_releases import Installed, Package, changes_since, newest_for, read_releases
from harmony_desktop.control.ports import Clock
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.control.store import Store
from harmony_desktop.stack.errors import HarmonyError

#: Seconds between two questions: a day, give or take so that not all panels ask at once.
_DAY, _JITTER = 24 * 3600.0, 0.2
#: Seconds until the next attempt when nobody answered.
_AGAIN = 6 * 3600.0
#: Seconds after the panel has opened before the first question: the start has other things to do.
_SETTLE = 60.0

_log = logging.getLogger(__name__)


class AppReleaseDesk:
    """Implements ``AppReleasing``.

    Args:
        make: Makes what is needed, when it is first needed; runs in a thread. None where nobody tells of releases.
        clock: Time.
        spawn: Starts a task that ends with the panel.
        mask: Returns a text of ours without secrets.
        spread: A number from 0 to 1 that spreads the questions of many panels.
    """

    def __init__(
        self,
        make: Callable[[], AppTools] | None,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], None],
        mask: Callable[[str], str],
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._make = make
        self._clock = clock
        self._spawn = spawn
        self._mask = mask
        self._factor = 1 - _JITTER + 2 * _JITTER * spread()
        self._opened_at = clock.now()
        self._wanted = asyncio.Event()
        self._tools: AppTools | None = None
        self._installed: Installed | None = None
        self._remembered = Remembered()
        self._opening = asyncio.Lock()
        self._put_off = ""
        self._stop = Stop()
        self.store = Store(AppNews())

    # What the window asks for

    def watch(self, wanted: bool) -> None:
        """Ask once a day from now on, or no longer."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def ask(self) -> None:
        """Ask now."""
        if not self.store.value.asking:
            self._spawn(self._ask(asked_for=True), "ask for releases")

    def later(self) -> None:
        """Tell nothing by itself until the next start."""
        self._put_off = self._version()
        self._set(quiet=True)

    def skip(self) -> None:
        """Tell nothing of this version by itself any more."""
        self._remembered = replace(self._remembered, skipped=self._version())
        self._set(quiet=True)
        self._spawn(self._save(), "remember releases")

    def download(self) -> None:
        """Fetch the file that replaces this copy, and check it."""
        news = self.store.value
        if news.package is not None and news.download.phase is not DownloadPhase.RUNNING:
            self._stop = Stop()
            self._set(download=Downloading(DownloadPhase.RUNNING, 0, news.package.size))
            self._spawn(self._download(news.package, self._stop), "download a release")

    def cancel_download(self) -> None:
        """End the download; nothing is left behind."""
        self._stop.set()

    # Life

    async def run(self) -> None:
        """Ask when it is time; until cancelled."""
        while True:
            await self._wanted.wait()
            if not await self._opened():
                return
            await self._clock.sleep(self._rest())
            if self._wanted.is_set() and self._rest() <= 0:
                await self._ask(asked_for=False)

    async def _opened(self) -> bool:
        """Read what is remembered, once; return whether there is somebody to ask."""
        async with self._opening:
            if self._tools is None and self._make is not None:
                self._tools = tools = await asyncio.to_thread(self._make)
                self._installed = await asyncio.to_thread(tools.installed)
                found = await asyncio.to_thread(tools.memory.load)
                address = tools.source.address
                self._remembered = found if found.address == address else Remembered(address, skipped=found.skipped)
                self._set(known=bool(address), installed=self._installed)
                try:
                    self._compare()
                except HarmonyError as error:  # what was kept is damaged: the next answer mends it
                    _log.info("%s: %s", error.title, error.cause)
                    self._remembered = replace(self._remembered, etag="", document="")
        return self.store.value.known

    def _rest(self) -> float:
        """Return the seconds until somebody may be asked."""
        now = self._clock.now()
        settle = self._opened_at + _SETTLE - now
        tried = min(self._remembered.tried_at, now)  # a clock that was set back
        answered = self._remembered.asked_at >= self._remembered.tried_at
        pause = _DAY * self._factor if answered else _AGAIN
        return max(settle, tried + pause - now if tried else 0.0)

    async def _ask(self, *, asked_for: bool) -> None:
        if not await self._opened() or self._tools is None:
            return
        source, stop = self._tools.source, Stop()
        self._set(asking=True, fault="")
        now = self._clock.now()
        self._remembered = replace(self._remembered, tried_at=now)
        try:
            answer = await _in_thread(lambda: source.ask(self._remembered.etag, stop), stop)
            document, before = answer.document, self._remembered
            if document is not None:
                read_releases(document, source.address)  # what cannot be read takes no place of what could
                text = document.decode("utf-8", "replace")
                self._remembered = replace(before, etag=answer.etag, document=text)
            self._remembered = replace(self._remembered, asked_at=now)
            self._compare()
        except HarmonyError as error:
            _log.info("%s: %s", error.title, error.cause)
            if asked_for:
                self._set(fault=self._mask(error.title))
        finally:
            self._set(asking=False)
        await self._save()

    def _compare(self) -> None:
        """Tell of what is remembered. Raises HarmonyError."""
        kept, mine = self._remembered, self._installed
        if mine is None:
            return
        releases = read_releases(kept.document.encode(), kept.address) if kept.document else ()
        newest = newest_for(releases, mine)
        version = str(newest.version) if newest is not None else ""
        self._set(
            asked_at=datetime.fromtimestamp(kept.asked_at, UTC) if kept.asked_at else None,
            release=newest,
            changes=changes_since(releases, mine, newest) if newest is not None else "",
            package=newest.package_for(mine) if newest is not None else None,
            quiet=version in {kept.skipped, self._put_off},
        )

    async def _download(self, package: Package, stop: Stop) -> None:
        if self._tools is None or self._installed is None:
            return
        source, folder = self._tools.source, Path(self._installed.folder)
        loop = asyncio.get_running_loop()

        def progress(done: int) -> None:
            loop.call_soon_threadsafe(self._progress, done)

        try:
            file = await _in_thread(lambda: source.download(package, folder, stop, progress), stop)
        except StoppedError:
            self._set(download=Downloading())
        except HarmonyError as error:
            words = (self._mask(text) for text in (error.title, error.cause, error.advice))
            self._set(download=Downloading(DownloadPhase.FAILED, 0, package.size, "", *words))
        except BaseException:
            self._set(download=Downloading())
            raise
        else:
            self._set(download=Downloading(DownloadPhase.DONE, package.size, package.size, str(file)))

    def _progress(self, done: int) -> None:
        download = self.store.value.download
        if download.phase is DownloadPhase.RUNNING:
            self._set(download=replace(download, done=done))

    async def _save(self) -> None:
        if self._tools is not None:
            await asyncio.to_thread(self._tools.memory.save, self._remembered)

    def _version(self) -> str:
        release = self.store.value.release
        return str(release.version) if release is not None else ""

    def _set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of AppNews
        self.store.set(replace(self.store.value, **changes))


async def _in_thread(call: Callable[[], Any], stop: Stop) -> Any:  # noqa: ANN401 - what the call returns
    """Call something in a thread; when this is cancelled, the thread is told to stop, and waited for."""
    task = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # StoppedError, which nobody wants to hear of
        raise

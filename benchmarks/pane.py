"""Takes the logs of flooded services into a log view: the child process of ``logs.py``. Prints one object of JSON.

python -m benchmarks.pane intake HOST PROJECT LINES [HISTORY]   until all is in the pane and searchable
python -m benchmarks.pane stalls HOST PROJECT LINES             the same with a watch on the loop, slower for it
python -m benchmarks.pane search HOST PROJECT LINES             then search through all of it, again and again
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

import qasync  # isort: skip - it takes the Qt that is there

from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.followers import LogFollowers
from harmony_desktop.control.logs import Bound, LogBook
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.ui import style
from harmony_desktop.ui.log_query import Query
from harmony_desktop.ui.log_view import LogView
from harmony_desktop.ui.theme import Theme

#: Searches of one process.
SEARCHES = 15
#: Found in a few hundred of a million lines; a person looks for what is rare.
_PATTERN = "777"


class Watched(QApplication):
    """Knows the longest callback, in CPU seconds of the loop's thread."""

    longest = 0.0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Let Qt deliver an event, and see how long that takes."""
        began = time.thread_time()
        done = super().notify(receiver, event)
        Watched.longest = max(Watched.longest, time.thread_time() - began)
        return done


class Pane:
    """A log view that takes what the services have written.

    Args:
        app: Qt.
        lines: How many lines each service has written.
    """

    def __init__(self, app: QApplication, lines: int) -> None:
        theme = Theme(app)
        style.apply(app, theme)
        self.lines = lines
        self.book = LogBook(Bound(lines + 10_000, 1 << 30))
        self.view = LogView(theme, self.book)
        self.view.resize(1000, 700)
        self.view.show()

    async def take(self, host: str, project: str, history: int | None) -> float:
        """Take it all; return the seconds until every line is there and has been searched."""
        last = f"flood {self.lines - 1:010d}"
        self.view.look_for(Query(last))
        engine = await DockerConnector(host=host, environ={"HOME": "/nowhere"}).connect()
        observed = await engine.observe(project, detail=True)
        services = [container.service for container in observed.containers]
        every = len(services) * min(self.lines, history or self.lines)
        done = asyncio.Event()

        def look() -> None:
            # Each service's last line has been found, and no line is left that has not been searched.
            lines = self.view.lines
            if lines.match_count == len(services) and not lines.is_searching and len(lines) >= every:
                done.set()

        self.view.searched.connect(look)
        followers = LogFollowers(self.book, SystemClock(), history=history)
        await asyncio.sleep(0.2)  # the window is painted
        Watched.longest = 0.0
        begin = time.perf_counter()
        followers.update(engine, observed, services)
        await done.wait()
        seconds = time.perf_counter() - begin
        self.view.searched.disconnect(look)
        await followers.stop()
        await engine.close()
        return seconds

    async def search(self, text: str) -> float:
        """Search through all that is there; return the seconds until it is done."""
        done = asyncio.Event()

        def look() -> None:
            if not self.view.lines.is_searching:
                done.set()

        self.view.searched.connect(look)
        begin = time.perf_counter()
        self.view.look_for(Query(text))
        await done.wait()
        seconds = time.perf_counter() - begin
        self.view.searched.disconnect(look)
        self.view.look_for(None)
        return seconds


def bare_search(whole: str, text: str) -> float:
    """Search through the same text in one piece, which is as quick as Python can be; return the seconds."""
    begin = time.perf_counter()
    found = sum(1 for _ in re.finditer(re.escape(text), whole, re.IGNORECASE))
    seconds = time.perf_counter() - begin
    assert found, text
    return seconds


async def work(app: QApplication, what: str, host: str, project: str, lines: int, history: int | None) -> None:
    """Do what was asked for, and print what came of it."""
    pane = Pane(app, lines)
    found: dict[str, object] = {"seconds": await pane.take(host, project, history), "longest": Watched.longest}
    if what == "search":
        whole = "\n".join(line.text for line in pane.book.since())
        await asyncio.sleep(0.1)  # what was made just now was a callback, too
        Watched.longest = 0.0
        found["pairs"] = [
            (await pane.search(f"{turn}{_PATTERN}"), await asyncio.to_thread(bare_search, whole, f"{turn}{_PATTERN}"))
            for turn in (number % 10 for number in range(SEARCHES))
        ]
        found["longest"] = Watched.longest
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(found) + "\n")


def main(arguments: list[str]) -> int:
    """Run on Qt's loop."""
    what, host, project, lines, *rest = arguments
    app = (Watched if what != "intake" else QApplication)([])
    qasync.run(work(app, what, host, project, int(lines), int(rest[0]) if rest else None))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

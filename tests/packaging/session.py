"""A user's session in an installed system: screen, bus, window manager, tray; what a login starts, and a hand in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.lab.waiting import wait_until
from tests.packaging.root import Root

DRIVER = Path(__file__).parents[1] / "desktop" / "atspi_driver.py"
#: Where the driver lies in there.
_DRIVER = "/tmp/atspi_driver.py"


class Session:
    """A session; everything in it ends with the ``with`` block, as at a logout.

    Args:
        root: The system, with a desktop.
        user: Who logs in.
        home: The home.
        uid: The user's number.
        logs: A folder of the machine for what the processes say.
    """

    def __init__(self, root: Root, user: str, home: str, uid: int, logs: Path) -> None:
        self.root = root
        self.user = user
        self._logs = logs
        self._stack = ExitStack()
        self._driver: subprocess.Popen[str] | None = None
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": home,
            "USER": user,
            "LOGNAME": user,
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": f"/run/user/{uid}",
            "XDG_CURRENT_DESKTOP": "openbox",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._end_all)
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.picture("failed")
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        reading, writing = os.pipe()
        # 1: the standard output is the pipe, which every program in between hands on.
        with os.fdopen(writing, "wb") as pipe:
            screen = "-displayfd 1 -screen 0 1400x900x24 -nolisten tcp -noreset"
            self._spawn(stack, "Xvfb", *screen.split(), stdout=pipe)
        with os.fdopen(reading) as told:
            self.environment["DISPLAY"] = f":{told.readline().strip()}"
        bus = f"unix:path={self.environment['XDG_RUNTIME_DIR']}/bus"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus
        self._spawn(stack, "dbus-daemon", "--session", "--nofork", f"--address={bus}")
        wait_until(self.root.path(bus.partition("=")[2]).exists, "the bus")
        self._spawn(stack, "/usr/libexec/at-spi-bus-launcher", "--launch-immediately")
        self._spawn(stack, "openbox")
        wait_until(lambda: self.xdotool("get_num_desktops"), "the window manager")
        self._spawn(stack, "trayer", "--edge", "bottom", "--align", "right", "--SetDockType", "true", "--height", "28")
        wait_until(lambda: self.xdotool("search", "--class", "trayer"), "the tray")

    def _spawn(self, stack: ExitStack, *argv: str, **options: Any) -> subprocess.Popen[Any]:
        log = stack.enter_context((self._logs / f"{Path(argv[0]).name}.log").open("ab"))
        process = self.root.spawn(*argv, user=self.user, env=self.environment, log=log, **options)
        stack.callback(_end, process)
        return process

    def _end_all(self) -> None:
        """End all that the user runs, as the end of a session does: kindly, then at once."""
        self.root.run("pkill", "-TERM", "-u", self.user, check=False)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not self.processes(), "the end of the session", seconds=15, pause=0.2)
        self.root.run("pkill", "-KILL", "-u", self.user, check=False)

    def processes(self, name: str = "") -> list[str]:
        """The numbers of the user's processes (of a name)."""
        what = ["-x", name] if name else ["."]
        # Not those that have ended: there is no init that would take note of it.
        found = self.root.run("pgrep", "--runstates", "R,S,D", "-u", self.user, *what, check=False)
        return found.stdout.split()

    def start(self, *argv: str) -> None:
        """Start a program in the session as a menu would, and wait until whatever starts it is done."""
        self.run(*argv)

    def run(self, *argv: str, check: bool = True, timeout: float = 60.0) -> str:
        """Run a program in the session; return what it said."""
        log = self._logs / "started.log"
        done = self.root.run(
            # What it starts keeps its output open: into a file.
            *("sh", "-c", '"$@" >>/tmp/started.log 2>&1', "sh", *argv),
            user=self.user,
            env=self.environment,
            check=False,
            timeout=timeout,
        )
        said = self.root.path("/tmp/started.log").read_text(errors="replace")
        log.write_text(said)
        assert not check or done.returncode == 0, said
        return said

    def ask(self, do: str, **order: object) -> Any:
        """Give one order to the accessibility driver; raises LookupError when nothing matches."""
        if self._driver is None:
            self.root.path(_DRIVER).write_bytes(DRIVER.read_bytes())
            log = self._stack.enter_context((self._logs / "driver.log").open("ab"))
            self._driver = self.root.spawn(
                *("python3", "-W", "ignore", _DRIVER),
                user=self.user,
                env=self.environment,
                log=log,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._stack.callback(_end, self._driver)
        driver = self._driver
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps({"do": do, **order}) + "\n")
        driver.stdin.flush()
        answer = json.loads(driver.stdout.readline())
        if "error" in answer:
            raise LookupError(answer["error"])
        return answer["ok"]

    def shows(self, name: str, role: str | None = None) -> bool:
        """Whether something of this accessible name shows."""
        return bool(self.ask("find", name=name, role=role))

    def wait_for(self, name: str, role: str | None = None, *, seconds: float = 60.0) -> None:
        """Wait until something of this accessible name shows."""
        wait_until(lambda: self.shows(name, role), f"{role or ''} “{name}”", seconds=seconds, pause=0.1)

    def click(self, name: str, role: str = "button") -> None:
        """Click with the real pointer on something that shows."""
        x, y, width, height = self.ask("where", name=name, role=role)
        self.xdotool("mousemove", str(x + width // 2), str(y + height // 2), "click", "1")

    def windows(self, *, visible: bool = True) -> list[str]:
        """The panel's windows."""
        only = ["--onlyvisible"] if visible else []
        return self.xdotool("search", *only, "--class", "harmony-desktop").split()

    def xdotool(self, *args: str) -> str:
        """Run xdotool; return what it printed."""
        return self.root.run("xdotool", *args, user=self.user, env=self.environment, check=False).stdout

    def picture(self, name: str) -> None:
        """Take a picture of the screen, for people to look at; kept where ARTIFACTS names a folder."""
        self.root.run("import", "-window", "root", "/tmp/screen.png", user=self.user, env=self.environment)
        folder = Path(os.environ.get("ARTIFACTS", str(self._logs)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(self.root.path("/tmp/screen.png").read_bytes())


def _end(process: subprocess.Popen[Any]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and process.poll() is None:
            pipe.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

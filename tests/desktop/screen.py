"""A whole desktop on a virtual screen: X server, window manager, tray, accessibility bus; and a hand to drive it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.lab.waiting import wait_until

DRIVER = Path(__file__).with_name("atspi_driver.py")
LISTENER = Path(__file__).with_name("atspi_listener.py")
#: The Python that has the system's accessibility bindings.
SYSTEM_PYTHON = "/usr/bin/python3"
A11Y_LAUNCHER = "/usr/libexec/at-spi-bus-launcher"


class Desktop:
    """A screen with everything that a person's desktop has; all of it ends with the ``with`` block.

    Args:
        folder: Where its processes write.
        size: Of the screen, in pixels.
        tray: Whether there is one.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1400, 900), *, tray: bool = True) -> None:
        self._folder = folder
        self._size = size
        self._with_tray = tray
        self._stack = ExitStack()
        self.environment: dict[str, str] = {}
        self._tray: subprocess.Popen[bytes] | None = None
        self._driver: subprocess.Popen[str] | None = None
        self._heard = folder / "nothing"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        width, height = self._size
        reading, writing = os.pipe()
        self._spawn(
            stack,
            [
                "Xvfb",
                "-displayfd",
                str(writing),
                "-screen",
                "0",
                f"{width}x{height}x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}},
            "DISPLAY": f":{number}",
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "NO_AT_BRIDGE": "0",
        }
        bus = self._spawn(
            stack,
            ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address=unix:dir={self._folder}"],
            stdout=subprocess.PIPE,
        )
        assert bus.stdout is not None
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        stack.callback(bus.stdout.close)
        self._spawn(stack, [A11Y_LAUNCHER, "--launch-immediately"])
        self._spawn(stack, ["openbox"])
        wait_until(lambda: self.xdotool("get_num_desktops", check=False), "the window manager")
        # The first key of xdotool tells everyone of another keyboard, for which the window manager asks for its keys
        # anew: a shortcut of its own pressed in that moment is lost. So that comes before there is a window.
        self.xdotool("key", "Shift_L")
        if self._with_tray:
            self._tray = self._spawn(
                stack, ["trayer", "--edge", "bottom", "--align", "right", "--SetDockType", "true", "--height", "28"]
            )
            wait_until(lambda: self.xdotool("search", "--class", "trayer", check=False), "the tray")

    def _spawn(self, stack: ExitStack, argv: list[str], **options: Any) -> subprocess.Popen[bytes]:
        log = stack.enter_context((self._folder / f"{Path(argv[0]).name}.log").open("wb"))
        options.setdefault("stdout", log)
        process = subprocess.Popen(argv, env={**os.environ, **self.environment}, stderr=log, **options)
        stack.callback(_end, process)
        return process

    # The hand

    def ask(self, do: str, **order: object) -> Any:
        """Give one order to the accessibility driver; raises LookupError when nothing matches."""
        if self._driver is None:
            self._driver = subprocess.Popen(
                [SYSTEM_PYTHON, "-W", "ignore", str(DRIVER)],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
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

    def listen(self) -> None:
        """Hear announcements from now on."""
        listener = self._spawn(self._stack, [SYSTEM_PYTHON, "-W", "ignore", str(LISTENER)])
        self._heard = self._folder / f"{Path(SYSTEM_PYTHON).name}.log"
        wait_until(self._heard.read_text, "the listener")
        assert listener.poll() is None

    def heard(self) -> str:
        """What has been announced so far, one announcement a line or more."""
        lines = self._heard.read_text().splitlines()
        return "\n".join(json.loads(line) for line in lines if line.startswith('"'))

    def names(self, role: str | None = None) -> list[str]:
        """The accessible names of all that shows (of a role)."""
        return [node["name"] for node in self.ask("find", role=role)]

    def shows(self, name: str, role: str | None = None) -> bool:
        """Whether something of this accessible name shows."""
        return bool(self.ask("find", name=name, role=role))

    def wait_for(self, name: str, role: str | None = None, *, seconds: float = 30.0) -> None:
        """Wait until something of this accessible name shows."""
        wait_until(lambda: self.shows(name, role), f"{role or ''} “{name}”", seconds=seconds, pause=0.1)

    def click(self, name: str, role: str = "button", button: int = 1) -> None:
        """Click with the real pointer on something that shows."""
        x, y, width, height = self.ask("where", name=name, role=role)
        self.click_at(x + width // 2, y + height // 2, button)

    def click_at(self, x: int, y: int, button: int = 1) -> None:
        """Click with the real pointer."""
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def key(self, keys: str) -> None:
        """Press keys, such as ctrl+2, once a window has the focus: the window manager gives it a moment later."""
        wait_until(lambda: self.xdotool("getactivewindow", check=False).strip(), "a window with the focus", pause=0.05)
        self.xdotool("key", keys)

    def tray_icon(self) -> tuple[int, int]:
        """Where the icon is: the tray holds one, at its right end."""
        window = self.xdotool("search", "--class", "trayer").split()[-1]
        said = dict(line.split("=") for line in self.xdotool("getwindowgeometry", "--shell", window).split())
        half = int(said["HEIGHT"]) // 2
        return int(said["X"]) + int(said["WIDTH"]) - half, int(said["Y"]) + half

    def popups(self) -> int:
        """How many windows of the panel show: a menu from the tray is one that no accessibility tree has."""
        return len(self.xdotool("search", "--onlyvisible", "--class", "harmony", check=False).split())

    def windows(self) -> list[str]:
        """The panel's windows that the window manager knows, minimised ones too."""
        return self.xdotool("search", "--class", "harmony", check=False).split()

    def xdotool(self, *args: str, check: bool = True) -> str:
        """Run xdotool and return what it printed."""
        done = subprocess.run(
            ["xdotool", *args], env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"xdotool {' '.join(args)}: {done.stderr}")
        return done.stdout

    def picture(self, name: str) -> Path:
        """Take a picture of the whole screen, for people to look at; kept where ARTIFACTS names a folder."""
        folder = Path(os.environ.get("ARTIFACTS", str(self._folder)))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}.png"
        subprocess.run(
            ["import", "-window", "root", str(file)], env={**os.environ, **self.environment}, check=True, timeout=30
        )
        return file


class PanelProcess:
    """A panel that runs on a desktop.

    Args:
        desktop: The desktop.
        argv: The command.
        env: More variables.
    """

    def __init__(self, desktop: Desktop, argv: list[str], env: Mapping[str, str]) -> None:
        self._desktop = desktop
        self.log = Path(env["HOME"]) / "panel.log"
        self._file = self.log.open("wb")
        self.process = subprocess.Popen(
            argv, env={**desktop.environment, **env}, stdout=self._file, stderr=subprocess.STDOUT
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            # What a person would look at first.
            self._desktop.picture("failed")
            print(f"exit status {self.process.poll()}\n{self.log.read_text()}")
        self._file.close()
        _end(self.process)

    def finish(self, seconds: float = 10.0) -> int:
        """Wait for its end and return its exit status."""
        return self.process.wait(seconds)

    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


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

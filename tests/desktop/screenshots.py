"""Pictures of every page from the real window on a real engine, for people to look at: ``make screenshots``.

Runs inside a lab (``python -m tests.lab run -- python -m tests.desktop.screenshots FOLDER [VARIANT…]``). Those that
the documents, and so the help in the window, show are kept small in docs/images.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.desktop.screen import Desktop, PanelProcess
from tests.lab.waiting import wait_until

PAGES = ("stack", "logs", "hardware", "configuration", "check-up", "models", "settings")
SIZE = (1200, 780)
#: Seconds for charts to fill, lists to be read and rings to be painted: nobody waits for these pictures.
_SETTLING, _FILLING = 2.0, 30.0
IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: What the documents show, by the name of the picture.
SHOWN = {f"light-{page}": page for page in (*PAGES, "details", "set-up", "set-up-models")}


@dataclass(frozen=True)
class Variant:
    """One way to look at it."""

    name: str
    settings: dict[str, object]
    scale: int = 1
    environment: dict[str, str] = field(default_factory=dict)


VARIANTS = (
    Variant("light", {"appearance.scheme": "light"}),
    Variant("dark", {"appearance.scheme": "dark"}),
    Variant("german", {"appearance.scheme": "light", "appearance.language": "de"}),
    Variant("double", {"appearance.scheme": "light"}, scale=2),
)


def main(folder: Path, wanted: Sequence[str] = ()) -> int:
    """Take all pictures, or those of some variants."""
    folder.mkdir(parents=True, exist_ok=True)
    variants = [variant for variant in VARIANTS if not wanted or variant.name in wanted]
    with tempfile.TemporaryDirectory(prefix="harmony-screenshots.") as name:
        home = Path(name)
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
        }
        stack = home / "Harmony"
        panel = [sys.executable, "-m", "harmony_desktop"]
        if VARIANTS[0] in variants:
            take_set_up(VARIANTS[0], home / "new", environment, folder)
        subprocess.run([*panel, "setup", "--yes", "--folder", str(stack)], env=environment, check=True)
        subprocess.run([*panel, "up", "--wait"], env=environment, check=True)
        try:
            for variant in variants:
                take(variant, home, environment, folder)
        finally:
            subprocess.run([*panel, "down", "--volumes"], env=environment, check=True)
    for picture, shown in SHOWN.items():
        if (folder / f"{picture}.png").exists():
            shrink(folder / f"{picture}.png", IMAGES / f"{shown}.png")
    return 0


def take_set_up(variant: Variant, home: Path, environment: dict[str, str], folder: Path) -> None:
    """Take the pictures of the first run, as somebody sees it who has just installed the panel."""
    screen = home / "screen"
    screen.mkdir(parents=True, mode=0o700)
    settings = home / "config" / "harmony-desktop" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"ui": {**variant.settings, "window.size": list(SIZE)}}), encoding="utf-8")
    of_its_own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "DOCKER_HOST": environment["DOCKER_HOST"],
    }
    room = (SIZE[0] + 40, SIZE[1] + 80)
    with (
        Desktop(screen, room, tray=False) as desktop,
        PanelProcess(desktop, [sys.executable, "-m", "harmony_desktop"], of_its_own),
    ):
        desktop.wait_for("Begin", "button", seconds=90)
        desktop.xdotool("mousemove", "0", "0")
        snap(desktop, folder / f"{variant.name}-set-up.png")
        desktop.click("Begin")
        for _ in range(3):  # Docker, your computer, the folder: then voices and models
            time.sleep(_SETTLING)
            desktop.click("Continue")
        desktop.xdotool("mousemove", "0", "0")
        snap(desktop, folder / f"{variant.name}-set-up-models.png")


def take(variant: Variant, home: Path, environment: dict[str, str], folder: Path) -> None:
    """Take the pictures of one variant."""
    file = home / "config" / "harmony-desktop" / "settings.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["ui"] = {**variant.settings, "window.size": list(SIZE)}
    file.write_text(json.dumps(content), encoding="utf-8")
    screen = home / variant.name
    screen.mkdir(mode=0o700)
    room = (SIZE[0] * variant.scale + 40, SIZE[1] * variant.scale + 80)
    wanted = {"QT_SCALE_FACTOR": str(variant.scale), **variant.environment}
    with Desktop(screen, room, tray=False) as desktop:
        kept = {name: environment[name] for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DOCKER_HOST")}
        argv = [sys.executable, "-m", "harmony_desktop"]
        with PanelProcess(desktop, argv, {**kept, **wanted}):
            wait_until(lambda: len(ready(desktop)) == len(TITLES), "four services", seconds=90, pause=0.5)
            desktop.xdotool("mousemove", "0", "0")  # nothing shall lie under the pointer
            time.sleep(_FILLING)
            for number, page in enumerate(PAGES, start=1):
                desktop.key(f"ctrl+{number}")
                snap(desktop, folder / f"{variant.name}-{page}.png")
            if variant.scale == 1:  # the accessibility tree tells places in logical pixels
                desktop.key("ctrl+1")
                desktop.click("Harmony Link", "button")
                desktop.xdotool("mousemove", "0", "0")
                snap(desktop, folder / f"{variant.name}-details.png")


TITLES = ("Harmony Link", "Text Generation", "Speech Engine", "Speech UI")


def ready(desktop: Desktop) -> set[str]:
    """The services whose light is there, in the languages of these pictures."""
    return {title for title in TITLES if any(name.startswith(f"{title}:") for name in desktop.names())}


def snap(desktop: Desktop, file: Path) -> None:
    """Take a picture of the window alone."""
    time.sleep(_SETTLING)
    window = desktop.xdotool("search", "--onlyvisible", "--class", "harmony").split()[0]
    environment = {**os.environ, **desktop.environment}
    subprocess.run(["import", "-window", window, str(file)], env=environment, check=True, timeout=60)
    print(file, flush=True)


def shrink(picture: Path, place: Path) -> None:
    """Keep a picture small: few colours, nothing about when and where it was made."""
    place.parent.mkdir(parents=True, exist_ok=True)
    convert = shutil.which("convert") or "magick"
    subprocess.run([convert, str(picture), "-strip", "+dither", "-colors", "96", f"PNG8:{place}"], check=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

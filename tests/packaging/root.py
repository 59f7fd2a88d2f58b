"""A clean Debian system in a folder: installed by debootstrap, changed in a layer above that is thrown away."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Self

from tests.lab.apt import debian_mirror
from tests.lab.cache import cached_folder
from tests.lab.errors import LabUnavailableError
from tests.lab.namespaces import outside
from tests.lab.waiting import wait_until

#: What makes a desktop of it, as a person's would be: none of it is brought by the package itself.
DESKTOP = (
    *("xvfb", "xauth", "openbox", "trayer", "dbus-x11", "dex", "libgtk-3-bin", "libglib2.0-bin", "xdg-utils"),
    *("at-spi2-core", "procps", "python3-pyatspi", "gir1.2-atspi-2.0", "xdotool", "imagemagick", "fonts-dejavu-core"),
)
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def codename() -> str:
    """The release of Debian that this machine runs; packages that are built here are for it."""
    told = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    if told.get("ID") != "debian":
        raise LabUnavailableError("the package's way is tested on Debian")
    return told["VERSION_CODENAME"].strip('"')


def bare() -> Path:
    """The smallest system that has apt; made once per machine."""
    if shutil.which("debootstrap") is None:
        raise LabUnavailableError("debootstrap is missing: packaging/system/debian.sh test-package")
    suite = codename()

    def make(folder: Path) -> None:
        command = ["debootstrap", "--variant=minbase", suite, str(folder), debian_mirror().site]
        subprocess.run(outside(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    return cached_folder(f"debian-{suite}", make)


def desktop() -> Path:
    """What a desktop has above the bare system; made once per machine."""

    def make(folder: Path) -> None:
        with Root([bare()], folder / "work", upper=folder / "upper") as root:
            root.apt("install", "--no-install-recommends", *DESKTOP)
        shutil.rmtree(folder / "work")

    return cached_folder(f"debian-{codename()}-desktop", make) / "upper"


class Root:
    """A system that runs in namespaces of its own; all of it, processes and mounts, ends with the ``with`` block.

    Args:
        layers: The folders that it is made of, the uppermost first.
        work: Where what it changes goes.
        upper: Where its changes are kept, if they are.
        binds: Folders and files of the machine that it has, at the same or another place: its path by the machine's.
    """

    def __init__(
        self, layers: Sequence[Path], work: Path, *, upper: Path | None = None, binds: Mapping[Path, str] | None = None
    ) -> None:
        self._layers = layers
        self._work = work
        self.upper = upper or work / "upper"
        self._binds = binds or {}
        self._stack = ExitStack()
        self._inside: list[str] = []

    def __enter__(self) -> Self:
        merged, scratch = self._work / "root", self._work / "scratch"
        for folder in (merged, scratch, self.upper):
            folder.mkdir(parents=True, exist_ok=True)
        layers = ":".join(map(str, self._layers))
        lines = [
            "set -e",
            f"mount -t overlay overlay -o lowerdir={layers},upperdir={self.upper},workdir={scratch} {merged}",
            f"mount -t proc proc {merged}/proc",
            f"mount --rbind /dev {merged}/dev",
            f"mount -t tmpfs -o mode=1777 tmpfs {merged}/tmp",
            f"mount -t tmpfs -o mode=755 tmpfs {merged}/run",
        ]
        for ours, theirs in {Path("/etc/resolv.conf"): "/etc/resolv.conf", **self._binds}.items():
            place = f"{merged}{theirs}"
            made = f"mkdir -p {place}" if ours.is_dir() else f"mkdir -p $(dirname {place}); touch {place}"
            lines += [made, f"mount --bind {ours} {place}"]
        lines += [f"cd {merged}", "exec chroot . sh -c 'echo ready; exec sleep infinity'"]
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "\n".join(lines)]
        holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with ExitStack() as stack:
            stack.callback(_kill, holder)
            assert holder.stdout is not None
            stack.callback(holder.stdout.close)
            if holder.stdout.readline().strip() != "ready":
                raise AssertionError("the root did not start")
            children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children")
            first = wait_until(lambda: children.read_text().split(), "the root's first process")[0]
            self._inside = ["nsenter", f"--target={first}", "--mount", "--pid", "--root", "--wd", "--"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def command(self, argv: Sequence[str], *, user: str = "", env: Mapping[str, str] | None = None) -> list[str]:
        """The command line that runs `argv` in there, as root or as somebody."""
        given = {**_QUIET, "HOME": "/root", **(env or {})}
        who = ["runuser", "-u", user, "--"] if user else []
        return [*self._inside, *who, "env", "-i", *(f"{name}={value}" for name, value in given.items()), *argv]

    def run(
        self,
        *argv: str,
        user: str = "",
        env: Mapping[str, str] | None = None,
        check: bool = True,
        network: bool = False,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it said is in the error when it fails.

        Args:
            argv: The command.
            user: Who runs it; root by default.
            env: More variables.
            check: Whether its failure is an error.
            network: Whether it may reach the machine's network.
            timeout: Seconds.
        """
        command = self.command(argv, user=user, env=env)
        done = subprocess.run(
            outside(command) if network else command, capture_output=True, text=True, check=False, timeout=timeout
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def spawn(
        self, *argv: str, user: str = "", env: Mapping[str, str] | None = None, log: IO[bytes], **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a command that goes on."""
        options.setdefault("stdout", log)
        return subprocess.Popen(self.command(argv, user=user, env=env), stderr=log, **options)

    def apt(self, *words: str) -> str:
        """Run apt-get with the machine's network; return what it said."""
        if words[0] == "install" and not any(self.path("/var/lib/apt/lists").glob("*Packages*")):
            self.run("apt-get", "-q", "update", network=True, timeout=300)
        return self.run("apt-get", "-q", "-y", *words, network=True, timeout=900).stdout

    def path(self, inside: str) -> Path:
        """A place of the system as the machine sees it, through the namespaces of its first process."""
        target = next(word for word in self._inside if word.startswith("--target=")).partition("=")[2]
        return Path(f"/proc/{target}/root{inside}")

    def files(self) -> set[str]:
        """All files and folders of the system itself, without what others mounted into it."""
        skipped = ("/proc", "/dev", "/tmp", "/run", *self._binds.values())
        found = self.run("find", "/", "-xdev").stdout.splitlines()
        return {path for path in found if not path.startswith(skipped)}


def add_user(root: Root, name: str, uid: int, home: str, groups: Mapping[str, int]) -> None:
    """Make an ordinary user whose home is there already, and who is in groups."""
    for group, gid in groups.items():
        root.run("groupadd", "--gid", str(gid), group)
    root.run("useradd", "--uid", str(uid), "--no-create-home", "--home-dir", home, "--shell", "/bin/bash", name)
    for group in groups:
        root.run("usermod", "--append", "--groups", group, name)
    root.run("install", "-d", "-m", "700", "-o", name, f"/run/user/{uid}")


def _kill(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""An ordinary user of the machine who may use Docker: what people are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.engine import SOCKET_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.lab import Lab

NAME = "harmony"
UID = 64200
AS_USER = Path(__file__).with_name("as_user.py")
REPOSITORY = Path(__file__).parents[2]
#: What a command of the user takes over from this process.
INHERITED = ("PATH", "LANG", "LC_ALL", "DISPLAY", "TERM", "QT_QPA_PLATFORM")


class OrdinaryUser:
    """Runs commands as an ordinary user of the engine's group, who exists for these commands only.

    Attributes:
        home: The user's home, writable; other folders of the test run are closed to the user.

    Args:
        lab: Whose engine the user may use.
        docker: Whether the user belongs to the engine's group.
    """

    def __init__(self, lab: Lab, *, docker: bool = True) -> None:
        self._lab = lab
        self._groups = [SOCKET_GROUP] if docker else []
        self._work = lab.folder / "user"
        self.home = self._work / "home"
        if not self.home.exists():
            self.home.mkdir(parents=True)
            os.chown(self.home, UID, UID)
            self.home.chmod(0o700)

    def command(self, argv: list[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> list[str]:
        """The command line that runs `argv` as the user.

        Args:
            argv: The command; the project's virtual environment comes first on its PATH.
            cwd: Its folder; default: the home.
            env: More variables; it gets few others of this process.
        """
        kept = {key: value for key in INHERITED if (value := os.environ.get(key)) is not None}
        path = f"{Path(sys.executable).parent}:{kept.pop('PATH', '/usr/bin:/bin')}"
        who = {"HOME": str(self.home), "USER": NAME, "LOGNAME": NAME, "SHELL": "/bin/sh", "PATH": path}
        spec = {
            "uid": UID,
            "gid": UID,
            "groups": [UID, *self._groups],
            "work": str(self._work),
            "cwd": str(cwd or self.home),
            "env": {**kept, **who, **self._lab.environment, **(env or {})},
            "entries": {
                "/etc/passwd": f"{NAME}:x:{UID}:{UID}::{self.home}:/bin/sh",
                "/etc/group": f"{NAME}:x:{UID}:\nharmony-docker:x:{SOCKET_GROUP}:{NAME if self._groups else ''}",
            },
            "needs": sorted({sys.prefix, sys.base_prefix, str(REPOSITORY)}),
        }
        path_of_spec = self._work / "specification.json"
        path_of_spec.write_text(json.dumps(spec))
        return [sys.executable, "-I", "-S", str(AS_USER), str(path_of_spec), *argv]

    def run(
        self,
        argv: list[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Runs `argv` as the user; arguments as for `command` and `Lab.run`."""
        return self._lab.run(self.command(argv, cwd=cwd, env=env), check=check, timeout=timeout)

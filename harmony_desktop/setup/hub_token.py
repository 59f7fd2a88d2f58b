"""The token for the model hub: a file of its own, for this user alone, beside the app's settings."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.setup.settings import default_file
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

_FILE = "hub-token"
#: What other programs for the hub call it: whoever set it has meant it for the hub.
VARIABLE = "HF_TOKEN"
_LENGTH = 512


class TokenFile:
    """Keeps one token.

    Args:
        environ: The environment of this program.
        file: Where it is kept; None for the usual place.
        learn: Is told the token: it is a secret.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        file: Path | None = None,
        learn: Callable[[str], None] = lambda token: None,  # noqa: ARG005 - a name for the reader
    ) -> None:
        self._environ = environ
        self._learn = learn
        self._file = file or default_file().with_name(_FILE)

    def token(self) -> str:
        """Return the token, the one that was kept first; "" for none."""
        try:
            kept = self._file.read_text(encoding="ascii", errors="ignore").strip() if self._file.is_file() else ""
        except OSError:
            kept = ""
        found = kept or self._environ.get(VARIABLE, "").strip()
        if found:
            self._learn(found)
        return found

    def keep(self, token: str) -> None:
        """Keep a token; "" forgets it. Raises HarmonyError."""
        token = token.strip()
        if not token:
            with contextlib.suppress(FileNotFoundError):
                self._file.unlink()
            return
        if len(token) > _LENGTH or not token.isascii() or not token.isprintable() or " " in token:
            raise HarmonyError(
                say("This is no token"),
                cause=say("A token is one word of letters and digits."),
                advice=say("Copy it once more from your account’s page of access tokens."),
            )
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, token.encode() + b"\n", mode=0o600)
            if sys.platform != "win32":
                os.chmod(self._file, 0o600)  # noqa: PTH101 - a umask may have taken more away, never less
        except OSError as error:
            raise HarmonyError(
                say("The token could not be kept"),
                cause=say("{path}: {reason}", path=self._file, reason=error.strerror or str(error)),
                advice=say("Make room or ask for access to this file."),
            ) from error

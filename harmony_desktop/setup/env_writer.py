"""Sets variables in a stack's ``.env``, when somebody has asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harmony_desktop.control.files import write_atomic
from harmony_desktop.records import dataclass
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.layout import ENV_FILE
from harmony_desktop.setup.manifest import Manifest, digest
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class EnvWriter:
    """Implements ``control.stack_env.StackEnv``.

    Attributes:
        environ: The environment of this program.
        writable: False for compose files that the caller named: those are left as they are.
    """

    environ: Mapping[str, str]
    writable: bool = True

    def write(self, file: Path, values: Mapping[str, str]) -> None:
        """Set variables in an ``.env`` file, which need not exist; all else in it stays. Raises HarmonyError."""
        if not self.writable:
            raise HarmonyError(
                "These files are left as they are",
                cause="The panel was opened on compose files of your own.",
                advice=say(
                    "Write it into {file} yourself: {lines}",
                    file=file,
                    lines=", ".join(f"{name}={value}" for name, value in values.items()),
                ),
            )
        try:
            env = EnvFile(file.read_bytes() if file.exists() else b"")
            for name, value in values.items():
                env.set(name, value)
            write_env(file, bytes(env), values)
        except OSError as error:
            raise HarmonyError(
                say("{file} could not be written", file=file.name),
                cause=f"{error.filename or file}: {error.strerror or error}",
                advice="Make room or ask for access, then try again; the file is as it was.",
            ) from error


def write_env(file: Path, content: bytes, names: Mapping[str, str] | tuple[str, ...]) -> None:
    """Write an ``.env``, and tell the manifest of a stack folder, so that its next release keeps these variables.

    Args:
        file: The file; a link is followed.
        content: What it shall hold.
        names: The variables that were set.

    Raises:
        OSError: It could not be written; the file is as it was.
    """
    target = file.resolve()
    before = target.read_bytes() if target.is_file() else b""
    if content == before:
        return
    root = file.parent
    ours = file.name == ENV_FILE and Manifest.stands_in(root)
    write_atomic(target, content, mode=None if target.exists() else 0o600)
    if not ours:
        return
    manifest, env = Manifest(root), EnvFile(content)
    entry = manifest.entry(ENV_FILE)
    if entry.written == digest(before):
        entry.written = digest(content)
    for name in names:
        raw = env.raw(name)
        if raw is None:
            entry.values.pop(name, None)
        else:
            entry.values[name] = raw
    manifest.save()

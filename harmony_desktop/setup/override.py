"""Adjustments of services, kept in a compose file of ours that ``COMPOSE_FILE`` in the folder's ``.env`` names.

Plain ``docker compose`` reads both, and so comes to the same containers as the panel.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harmony_desktop.control.adjustments import Adjustment, FileChange, Preview, effects, memory_text
from harmony_desktop.control.files import write_atomic
from harmony_desktop.setup import composefile
from harmony_desktop.setup.env_writer import write_env
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.layout import ENV_FILE
from harmony_desktop.setup.manifest import Manifest
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project, Service
from harmony_desktop.stack.units import parse_size
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_edit import Keys, YamlEditError, read_plain, remove_value, set_value

OVERRIDE = "docker-compose.harmony.yml"
HEADER = """\
# Adjustments of single services: limits, restart policies, numbers of containers.
# Harmony Desktop writes them here when you change them there ("Adjust" in a service's menu, harmony-desktop adjust).
# It is a plain compose file, named in COMPOSE_FILE in the file .env: you may edit it, and what else you write stays.
"""
_LIMITS = ("deploy", "resources", "limits")
_POLICY = ("deploy", "restart_policy")
#: Where each value may stand, the usual place last. Compose lets two places agree, but not differ.
_PLACES: Mapping[str, tuple[Keys, ...]] = {
    "memory": (("mem_limit",), (*_LIMITS, "memory")),
    "cpus": (("cpus",), (*_LIMITS, "cpus")),
    "restart": (("restart",),),
    "scale": (("deploy", "replicas"), ("scale",)),
}
#: ``deploy.restart_policy`` goes before ``restart``, and has words of its own.
_CONDITIONS = {"no": "none", "always": "any"}


class OverrideFile:
    """Implements ``control.adjustments.Adjuster``.

    Args:
        environ: The environment of this program.
        writable: False for compose files that the caller named: those are left as they are.
    """

    def __init__(self, environ: Mapping[str, str], *, writable: bool = True) -> None:
        self._environ = environ
        self._writable = writable

    def current(self, project: Project, service: str) -> Adjustment:
        """Return what is adjusted of a service now. Raises HarmonyError."""
        file = project.working_dir / OVERRIDE
        content = _content(file)
        if content is None or OVERRIDE not in {path.name for path in project.files}:
            return Adjustment()
        try:
            services = read_plain(_text(content)).get("services")
        except YamlEditError as error:
            raise _unreadable(file, error) from error
        found = services.get(service) if isinstance(services, dict) else None
        return _read(found if isinstance(found, dict) else {})

    def base(self, project: Project, service: str) -> Adjustment:
        """Return what the compose files say of a service without adjustments. Raises HarmonyError."""
        self._require_ours(project)
        found = self._base(project, service).services[service]
        said = _read(found.spec)
        return Adjustment(said.memory or 0, said.cpus or 0.0, said.restart or "no", found.scale)

    def preview(self, project: Project, service: str, wanted: Adjustment) -> Preview:
        """Return what adjusting a service would do. Raises HarmonyError where it cannot be done."""
        root = project.working_dir
        self._require_ours(project)
        base = self._base(project, service)
        override = self._override(root / OVERRIDE, base.services[service], wanted)
        env = _env(root, mentioned=override.after is not None)
        changes = tuple(change for change in (env, override) if change.before != change.after)
        after = self._resolved(project, override.after)
        return Preview(root, service, changes, effects(project, after))

    def apply(self, preview: Preview) -> None:
        """Do it. Raises HarmonyError, also when the files have changed since the preview."""
        for change in preview.changes:
            if _content(change.path) != change.before:
                raise HarmonyError(
                    say("{change} has changed meanwhile", change=change.path.name),
                    cause=say("Somebody else has written to {change}.", change=change.path),
                    advice="Look at the preview again; nothing was written.",
                )
        # A file is there before it is named, and named no more before it goes.
        goes = any(change.path.name == OVERRIDE and change.after is None for change in preview.changes)
        ordered = sorted(preview.changes, key=lambda change: (change.path.name == ENV_FILE) is not goes)
        try:
            for change in ordered:
                _write(change)
        except OSError as error:
            raise HarmonyError(
                "The adjustment could not be written",
                cause=f"{error.filename or preview.root}: {error.strerror or error}",
                advice="Make room or ask for access, then try again.",
            ) from error

    def _require_ours(self, project: Project) -> None:
        """Refuse where plain ``docker compose`` in the folder would not read what is written."""
        root = project.working_dir
        env = EnvFile(_content(root / ENV_FILE) or b"")
        meant = [Path(os.path.normpath(root / name)) for name in composefile.named(env, root)]
        if self._writable and not project.env_files and meant == list(project.files):
            return
        raise HarmonyError(
            "These files cannot be adjusted from here",
            cause=say(
                "The stack was not read as “docker compose” in {root} would read it, but from files that were named "
                "for this call (-f, --hardware, --env-file, or COMPOSE_FILE in the environment).",
                root=root,
            ),
            advice=say(
                "Edit {files} yourself, or name its files in COMPOSE_FILE in {root}.",
                files=project.files[-1],
                root=root / ENV_FILE,
            ),
        )

    def _override(self, file: Path, base: Service, wanted: Adjustment) -> FileChange:
        """Return the change of our file."""
        before = _content(file)
        bom, text = _split_bom(before) if before is not None else ("", HEADER)
        try:
            for keys in _all_places():
                text = remove_value(text, ("services", base.name, *keys)) if keys not in _kept(base, wanted) else text
            for keys, value in _kept(base, wanted).items():
                text = set_value(text, ("services", base.name, *keys), value)
            empty = not read_plain(text)
        except YamlEditError as error:
            raise _unreadable(file, error) from error
        return FileChange(file, before, None if empty else (bom + text).encode("utf-8", "surrogateescape"))

    def _base(self, project: Project, service: str) -> Project:
        """Return the project without our file. Raises HarmonyError where the service is not in it."""
        ours = project.working_dir / OVERRIDE
        base = self._load(project, [path for path in project.files if path != ours])
        if service not in base.services:
            raise HarmonyError(
                say("“{service}” cannot be adjusted from here", service=service),
                cause=say("It is defined in {ours} alone.", ours=ours),
                advice="Edit it there.",
            )
        return base

    def _resolved(self, project: Project, override: bytes | None) -> Project:
        """Return the project as it will be; our file is read from another place until it is written."""
        root = project.working_dir
        others = [path for path in project.files if path != root / OVERRIDE]
        if override is None:
            return self._load(project, others)
        with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
            file = Path(folder) / OVERRIDE
            file.write_bytes(override)
            place = project.files.index(root / OVERRIDE) if root / OVERRIDE in project.files else len(others)
            return self._load(project, [*others[:place], file, *others[place:]])

    def _load(self, project: Project, files: list[Path]) -> Project:
        return load_project(
            files=files,
            project_directory=project.working_dir,
            project_name=project.name,
            env_files=project.env_files,
            profiles=project.profiles,
            environ=self._environ,
            cwd=project.working_dir,
        )


def _all_places() -> Iterator[Keys]:
    for places in _PLACES.values():
        yield from places
    yield (*_POLICY, "condition")
    yield (*_POLICY, "max_attempts")


def _kept(base: Service, wanted: Adjustment) -> dict[Keys, str | float]:
    """Return the values of our file for a service, each where the compose files have it, too."""
    values: dict[Keys, str | float] = {}
    if wanted.memory is not None:
        values |= dict.fromkeys(_places(base, "memory"), memory_text(wanted.memory))
    if wanted.cpus is not None:
        for keys in _places(base, "cpus"):
            # The specification wants text in one place, and a number in the other.
            values[keys] = f"{wanted.cpus:g}" if len(keys) > 1 else wanted.cpus
    if wanted.scale is not None:
        values |= dict.fromkeys(_places(base, "scale"), wanted.scale)
    if wanted.restart is not None:
        values |= _restart(base, wanted.restart)
    return values


def _restart(base: Service, policy: str) -> dict[Keys, str | float]:
    if _at(base.spec, _POLICY) is None:
        return {("restart",): policy}
    condition, _, attempts = policy.partition(":")
    values: dict[Keys, str | float] = {(*_POLICY, "condition"): _CONDITIONS.get(condition, condition)}
    if condition == "on-failure":
        values[*_POLICY, "max_attempts"] = int(attempts or 0)
    return values


def _places(base: Service, what: str) -> list[Keys]:
    """Return where the compose files have a value; the usual place where they have none."""
    present = [keys for keys in _PLACES[what] if _at(base.spec, keys) is not None]
    return present or [_PLACES[what][-1]]


def _at(mapping: Any, keys: Keys) -> Any:  # noqa: ANN401 - whatever stands in a file
    for key in keys:
        mapping = mapping.get(key) if isinstance(mapping, Mapping) else None
    return mapping


def _read(service: Mapping[str, Any]) -> Adjustment:
    """Return the adjustments of one service of our file. Values of other kinds are the user's own."""
    memory, cpus, scale = (
        next((str(value) for keys in _PLACES[what] if (value := _at(service, keys)) is not None), None)
        for what in ("memory", "cpus", "scale")
    )
    restart = _at(service, ("restart",))
    condition = _at(service, (*_POLICY, "condition"))
    if condition is not None:
        words = {theirs: ours for ours, theirs in _CONDITIONS.items()}
        attempts = str(_at(service, (*_POLICY, "max_attempts")) or "0")
        restart = words.get(condition, condition) + (f":{attempts}" if attempts != "0" else "")
    return Adjustment(
        memory=_number(parse_size, memory), cpus=_number(float, cpus), restart=restart, scale=_number(int, scale)
    )


def _number(parse: Any, text: str | None) -> Any:  # noqa: ANN401 - int or float, as the parser has it
    try:
        return None if text is None else parse(text)
    except ValueError:
        return None  # a variable, say: the user's own


def _env(root: Path, *, mentioned: bool) -> FileChange:
    """Return the change of the folder's ``.env``."""
    file = root / ENV_FILE
    before = _content(file)
    env = EnvFile(before or b"")
    if mentioned:
        env.set(composefile.VARIABLE, composefile.with_file(env, root, OVERRIDE))
    elif composefile.names_file(env, root, OVERRIDE):
        value = composefile.without_file(env, root, OVERRIDE)
        if value or Manifest.stands_in(root):
            env.set(composefile.VARIABLE, value or composefile.default_files(root)[0])
        else:
            env.unset(composefile.VARIABLE)
    after = bytes(env)
    return FileChange(file, before, None if not after.strip() and (before or b"").strip() else (after or before))


def _write(change: FileChange) -> None:
    """Write one file, or remove it. Raises OSError."""
    if change.after is None:
        change.path.unlink(missing_ok=True)
    elif change.path.name == ENV_FILE:
        write_env(change.path, change.after, (composefile.VARIABLE,))
    else:
        write_atomic(change.path.resolve(), change.after)


def _content(file: Path) -> bytes | None:
    """Return what a file holds, None where there is none. Raises HarmonyError."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HarmonyError(
            say("{file} cannot be read", file=file.name),
            cause=f"{file}: {error.strerror or error}",
            advice="Check its permissions.",
        ) from error


def _text(content: bytes) -> str:
    return _split_bom(content)[1]


def _split_bom(content: bytes) -> tuple[str, str]:
    text = content.decode("utf-8", "surrogateescape")
    return ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)


def _unreadable(file: Path, error: YamlEditError) -> HarmonyError:
    return HarmonyError(
        say("{file} cannot be edited from here", file=file.name),
        cause=f"{file}: {error}.",
        advice="Edit it yourself: it is a plain compose file. Nothing was changed.",
    )

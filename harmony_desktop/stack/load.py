"""Compose files to a Project, as the official Compose reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harmony_desktop.stack import dotenv, typed
from harmony_desktop.stack.consistency import check_project
from harmony_desktop.stack.discovery import Found, discover, normal_name
from harmony_desktop.stack.encode import Fields, Section, in_order
from harmony_desktop.stack.errors import ComposeError, NoComposeFileError
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.interpolate import lookup_anyhow, lookup_in, substitute
from harmony_desktop.stack.layers import Files, Layers
from harmony_desktop.stack.normalize import normalize
from harmony_desktop.stack.paths import exists
from harmony_desktop.stack.presentation import KEY
from harmony_desktop.stack.probing import unanswerable
from harmony_desktop.stack.project import Notice, Project
from harmony_desktop.stack.sections import DEPLOY, RESOURCES, SERVICE
from harmony_desktop.stack.values import Value

__all__ = ["NoComposeFileError", "load_project"]

_PROJECT_NAME = "COMPOSE_PROJECT_NAME"


def load_project(
    *,
    files: Sequence[Path | str] = (),
    project_directory: Path | None = None,
    project_name: str | None = None,
    env_files: Sequence[Path] = (),
    profiles: Sequence[str] = (),
    environ: Mapping[str, str],
    cwd: Path,
    scale: Mapping[str, int] | None = None,
    overlay: Mapping[Path, bytes] | None = None,
) -> Project:
    """Load a project.

    Args:
        files: The compose files (``-f``); without any, COMPOSE_FILE or the default names count.
        project_directory: The folder that relative paths count from; by default that of the first file.
        project_name: The project's name; by default COMPOSE_PROJECT_NAME, ``name:`` or the folder's name.
        env_files: Files with variables; by default the folder's ``.env``.
        profiles: The active profiles; by default COMPOSE_PROFILES.
        environ: The process's environment.
        cwd: The working directory.
        scale: Numbers of containers, by service.
        overlay: What compose files shall hold, in the place of what they do: texts that are not saved yet.

    Raises:
        NoComposeFileError: No file was named, and none was found.
        ComposeError: Something in the files is wrong, or is not supported.
    """
    found = discover(
        files=files,
        project_directory=project_directory,
        project_name=project_name,
        env_files=env_files,
        profiles=profiles,
        environ=environ,
        cwd=cwd,
    )
    return _Loading(found, environ, scale or {}, overlay or {}).project()


class _Loading:
    """One project while it is loaded."""

    def __init__(
        self, found: Found, environ: Mapping[str, str], scale: Mapping[str, int], overlay: Mapping[Path, bytes]
    ) -> None:
        self._found = found
        self._environ = environ
        self._scale = scale
        self._files = Files(overlay=overlay)
        self._environment = dict(found.environment)

    def project(self) -> Project:
        name = self._name()
        self._environment[_PROJECT_NAME] = name
        lookup = lookup_in(self._environment)
        model = Layers(self._files, self._environment, self._environ, self._found.working_dir).model(self._found.files)
        if not model:
            raise ComposeError("The compose file is empty", location=self._files.locate(()))
        try:
            normalize(model, name, lookup)
            spec, enabled, disabled = self._canonical(model)
            check_project(spec, frozenset(enabled) | frozenset(disabled), enabled)
            for key, service in enabled.items():
                self._complete(key, service, model["services"][key])
            _prune(spec, enabled)
            _check_names(spec)
            spec = {"name": name, "services": enabled} | spec
            return self._assembled(name, spec, disabled)
        except Fault as fault:
            raise self._files.error(fault) from fault

    def _name(self) -> str:
        """The project's name; said outside, in the last file that says one, or by the folder."""
        if self._found.name:
            return self._found.name
        said = ""
        for path in self._found.files:
            for document in self._files.documents(path):
                value = document.value.get("name") if isinstance(document.value, dict) else None
                said = value if isinstance(value, str) and value else said
        try:
            name = normal_name(substitute(said, lookup_anyhow(self._environment)))
        except Fault as fault:
            raise self._files.error(fault.below("name")) from fault
        source = said or self._found.working_dir.name
        name = name if said else normal_name(source)
        if not name:
            raise ComposeError(
                "The project has no name",
                cause=f"None can be made of {source!r}.",
                advice="Give it one with -p, or with name: in the compose file.",
            )
        return name

    def _canonical(self, model: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Section], tuple[str, ...]]:
        """The sections beside the services, the enabled services, and the names of the others."""
        enabled: dict[str, Section] = {}
        disabled: list[str] = []
        for name, given in sorted((model.get("services") or {}).items()):
            if not isinstance(given, dict):
                raise Fault("A service must be a mapping", ("services", name))
            section = _encoded(SERVICE, given, ("services", name))
            if self._is_active(section.get("profiles", ())):
                enabled[name] = section
            else:
                disabled.append(name)
        spec: dict[str, Any] = {}
        for key, encode in RESOURCES.items():
            entries = model.get(key) or {}
            spec[key] = {name: _encoded(encode, entries[name] or {}, (key, name)) for name in sorted(entries)}
        spec |= {key: in_order(model[key]) for key in sorted(model) if key.startswith("x-")}
        return spec, enabled, tuple(disabled)

    def _is_active(self, profiles: Sequence[str]) -> bool:
        active = self._found.profiles
        return not profiles or "*" in active or any(profile in active for profile in profiles)

    def _complete(self, name: str, service: Section, given: Mapping[str, Any]) -> None:
        """Take in env files and label files, and let ``scale`` and ``deploy.replicas`` agree."""
        variables = self._from_env_files(name, service, given)
        if variables:
            _set(service, SERVICE, "environment", variables)
        labels = self._from_label_files(name, service)
        if labels:
            _set(service, SERVICE, "labels", labels)
        if "scale" in service and "deploy" in service:
            _set(service["deploy"], DEPLOY, "replicas", service["scale"])

    def _from_env_files(self, name: str, service: Section, given: Mapping[str, Any]) -> dict[str, Any]:
        own = service.get("environment", {})
        values: dict[str, str] = {}
        lookup = lookup_in(self._environment, {key: value for key, value in own.items() if value is not None})
        for index, entry in enumerate(given.get("env_file") or ()):
            file, required = Path(entry["path"]), entry.get("required", True)
            if not exists(file):
                if required not in (False, "false"):
                    raise Fault(
                        f"The env file {file} is not there",
                        ("services", name, "env_file", index),
                        advice="Create it, correct its path, or write required: false.",
                    )
                continue
            form = entry.get("format", "")
            if form not in ("", "raw"):
                raise Fault(f"{form!r} is no format of env files", ("services", name, "env_file", index, "format"))
            values |= dotenv.read(file, _also(lookup, values), raw=form == "raw", missing=self._missing(name))
        return dict(sorted((values | own).items()))

    def _from_label_files(self, name: str, service: Section) -> dict[str, str]:
        labels: dict[str, str] = {}
        for index, entry in enumerate(service.get("label_file", ())):
            if not exists(Path(entry)):
                raise Fault(f"The label file {entry} is not there", ("services", name, "label_file", index))
            labels |= dotenv.read(Path(entry), lookup_in(labels), missing=self._missing(name))
        return dict(sorted((labels | service.get("labels", {})).items()))

    def _missing(self, service: str) -> Value:
        def missing(variable: str) -> None:
            self._files.notes.setdefault(
                f"The variable {variable}, which an env file of {service} uses, is not set; it is taken as empty", None
            )

        return missing

    def _assembled(self, name: str, spec: dict[str, Any], disabled: tuple[str, ...]) -> Project:
        self._check_scale(spec["services"])
        services = {key: typed.service(key, item, self._scale.get(key)) for key, item in spec["services"].items()}
        for service in services.values():
            for index, use in enumerate(service.presentation.uses):
                if use.service not in services and use.service not in disabled:
                    raise Fault(
                        f"The service {use.service} is not defined",
                        ("services", service.name, "x-harmony", "uses", index, "service"),
                    )
        shown = {key: value for key, value in spec.items() if value or key not in RESOURCES}
        return Project(
            name=name,
            working_dir=self._found.working_dir,
            files=self._found.files,
            services=services,
            networks={key: typed.network(key, item) for key, item in spec["networks"].items()},
            volumes={key: typed.volume(key, item) for key, item in spec["volumes"].items()},
            spec=shown,
            warnings=self._warnings(services),
            env_files=self._found.env_files,
            disabled=disabled,
            profiles=self._found.profiles,
            variables=self._variables(spec),
            sources=tuple(self._files.sources),
        )

    def _check_scale(self, services: Mapping[str, Section]) -> None:
        for name, count in self._scale.items():
            if name not in services:
                raise ComposeError(f"There is no service {name} to scale", advice=f"There are: {', '.join(services)}.")
            if count > 1 and "container_name" in services[name]:
                raise Fault(
                    f"{count} containers cannot have the one name {services[name]['container_name']}",
                    ("services", name, "container_name"),
                )

    def _variables(self, spec: Mapping[str, Any]) -> dict[str, str]:
        entries = [*spec["secrets"].values(), *spec["configs"].values()]
        names = {entry["environment"] for entry in entries if "environment" in entry}
        return {name: self._environment[name] for name in sorted(names) if name in self._environment}

    def _warnings(self, services: Mapping[str, Any]) -> tuple[Notice, ...]:
        notices = [Notice(text) for text in self._found.notes]
        for text, place in self._files.notes.items():
            location = self._files.locate(place[1], (place[0],)) if place else None
            notices.append(Notice(text, location))
        for name, service in services.items():
            if "build" in service.spec and service.image is not None:
                notices.append(
                    Notice(
                        f"Images are not built here: {service.image} of {name} is used if it is there, or fetched",
                        self._files.locate(("services", name, "build")),
                    )
                )
            notices += [
                Notice(
                    f"The port {service.presentation.probes[index].port} of {name} is not published, "
                    "so its probe cannot be asked",
                    self._files.locate(("services", name, KEY, "probes", index)),
                )
                for index in unanswerable(service)
            ]
        return tuple(notices)


def _encoded(encode: Value, given: Mapping[str, Any], path: tuple[str, str]) -> Section:
    try:
        section: Section = encode(given)
    except Fault as fault:
        raise fault.below(*path) from None
    return section


def _set(section: Section, fields: Fields, key: str, value: Value) -> None:
    """Set a key, at its canonical place."""
    section[key] = value
    ordered = sorted(section.items(), key=lambda item: fields.place(item[0]))
    section.clear()
    section.update(ordered)


def _also(lookup: Value, values: Mapping[str, str]) -> Value:
    def look(name: str) -> str | None:
        value = lookup(name)
        return values.get(name) if value is None else value

    return look


def _check_names(spec: Mapping[str, Any]) -> None:
    """The engine takes no thing without a name."""
    for section in RESOURCES:
        for key, entry in spec[section].items():
            if "name" not in entry:
                raise Fault("The name is empty", (section, key, "name"), advice="Take name out, or set its variable.")


def _prune(spec: dict[str, Any], services: Mapping[str, Section]) -> None:
    """Leave out what no enabled service uses."""
    used: dict[str, set[str]] = {key: set() for key in RESOURCES}
    for service in services.values():
        used["networks"] |= set(service.get("networks", ()))
        for item in service.get("volumes", ()):
            if item["type"] == "volume" and "source" in item:
                used["volumes"].add(item["source"])
        for key in ("secrets", "configs"):
            used[key] |= {item.get("source", "") for item in service.get(key, ())}
        used["secrets"] |= {item.get("source", "") for item in service.get("build", {}).get("secrets", ())}
    for key, names in used.items():
        spec[key] = {name: item for name, item in spec[key].items() if name in names}

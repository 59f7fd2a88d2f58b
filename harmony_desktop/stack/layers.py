"""From files to one model: each file is interpolated, completed by what it includes and extends, and merged."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from harmony_desktop.records import dataclass
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.canonical import canonical
from harmony_desktop.stack.check import check
from harmony_desktop.stack.consistency import check_values
from harmony_desktop.stack.errors import ComposeError, Location
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.faults import Path as KeyPath
from harmony_desktop.stack.interpolate import interpolate, lookup_anyhow, lookup_in
from harmony_desktop.stack.merge import merge, merge_entry, merge_service, unify
from harmony_desktop.stack.normalize import resolve_environment, set_defaults
from harmony_desktop.stack.paths import Paths, is_file
from harmony_desktop.stack.schema import FILE, INCLUDE
from harmony_desktop.stack.source import Document, Source, read
from harmony_desktop.stack.values import Value

#: Files that include, or services that extend, one another.
_MAX_CHAIN = 50
_SECTIONS = ("services", "volumes", "networks", "secrets", "configs")


@dataclass(slots=True)
class Files:
    """All files that were read for a project: once each, and known when an error must name its place."""

    sources: dict[Path, tuple[Source, list[Document]]] = field(default_factory=dict)
    #: Where a service came from by ``extends``: (file, name) by name.
    origins: dict[str, tuple[Path, str]] = field(default_factory=dict)
    notes: dict[str, tuple[Path, KeyPath] | None] = field(default_factory=dict)
    #: What stands in the place of what files hold.
    overlay: Mapping[Path, bytes] = field(default_factory=dict)

    def documents(self, path: Path) -> list[Document]:
        """The documents of a file. Raises ComposeError."""
        if path not in self.sources:
            source = Source(path, self.overlay[path]) if path in self.overlay else read(path)
            self.sources[path] = source, source.documents()
        return self.sources[path][1]

    def locate(self, path: KeyPath, first: Sequence[Path] = ()) -> Location | None:
        """The place of a path: in the file that has most of it, the last one of those that are equal."""
        best: tuple[int, Location | None] = (-1, None)
        files = [file for file in first if file in self.sources] or list(self.sources)
        for file in files:
            depth, location = self.sources[file][0].locate(path)
            if depth >= best[0]:
                best = (depth, location)
        if best[0] < len(path) and path[:1] == ("services",) and len(path) > 1 and path[1] in self.origins:
            file, name = self.origins[str(path[1])]
            depth, location = self.sources[file][0].locate(("services", name, *path[2:]))
            if depth > best[0]:
                best = (depth, location)
        return best[1]

    def error(self, fault: Fault, *first: Path) -> ComposeError:
        """A fault as an error that names its place."""
        return ComposeError(
            fault.title, cause=fault.cause, advice=fault.advice, location=self.locate(fault.path, first)
        )

    def note(self, text: str, file: Path, path: KeyPath) -> None:
        """Remember what is worth a word; each text once."""
        self.notes.setdefault(text, (file, path))


@dataclass(frozen=True, slots=True)
class Layers:
    """Makes one model of several files.

    Args:
        files: What was read.
        environment: The variables.
        environ: The process's environment.
        folder: The folder that relative paths count from.
        included: The files that led here by ``include``.
    """

    files: Files
    environment: Mapping[str, str]
    environ: Mapping[str, str]
    folder: Path
    included: tuple[Path, ...] = ()

    def model(self, paths: Sequence[Path]) -> dict[str, Any]:
        """The merged model of some files, with long forms, absolute paths and simple defaults.

        Raises:
            ComposeError: A file is wrong.
        """
        model: dict[str, Any] = {}
        for path in paths:
            model = self._file(model, path)
        try:
            set_defaults(model)
            check_values(model)
            Paths(self.folder, self.environ).resolve(model)
        except Fault as fault:
            raise self.files.error(fault) from fault
        resolve_environment(model, lookup_in(self.environment))
        return model

    def _file(self, model: dict[str, Any], path: Path) -> dict[str, Any]:
        documents = self.files.documents(path)
        for document in documents:
            try:
                model = self._document(model, document, path)
            except Fault as fault:
                raise self.files.error(fault, path) from fault
        return model

    def _interpolated(self, document: Document, path: Path) -> dict[str, Any]:
        if not isinstance(document.value, dict):
            empty = document.value is None
            raise Fault("The compose file is empty" if empty else "A compose file must be a mapping at its top")

        def missing(name: str, where: KeyPath) -> None:
            self.files.note(f"The variable {name} is not set; it is taken as empty", path, where)

        model: dict[str, Any] = interpolate(document.value, lookup_anyhow(self.environment), missing)
        return model

    def _document(self, base: dict[str, Any], document: Document, path: Path) -> dict[str, Any]:
        model = self._interpolated(document, path)
        self._include(model, document, path)
        _reset(base, document.resets)
        _Extension(self, path).apply(model, document.resets)
        merged = unify(merge(base, model))
        check(merged, FILE)
        if merged.pop("version", None) is not None:
            self.files.note("The key version means nothing any more; take it out", path, ("version",))
        merged = canonical(merged, lambda text, where: self.files.note(text, path, where))
        return unify(merged)

    def _include(self, model: dict[str, Any], document: Document, path: Path) -> None:
        entries = model.pop("include", None)
        if entries is None:
            return
        try:
            check(entries, INCLUDE)
        except Fault as fault:
            raise fault.below("include") from None
        for index, entry in enumerate(entries):
            try:
                included = self._included(entry, (*self.included, path))
            except Fault as fault:
                raise fault.below("include", index) from None
            _import(included, model, document.resets)

    def _included(self, entry: Value, chain: tuple[Path, ...]) -> dict[str, Any]:
        given = entry if isinstance(entry, dict) else {"path": entry}
        resolve = Paths(self.folder, self.environ).absolute
        paths = [Path(resolve(item)) for item in _listed(given.get("path"))]
        if not paths:
            raise Fault("An include must name a path")
        for path in paths:
            if not is_file(path):
                raise Fault(f"The file {path} is not there", advice="Check the path.")
        if paths[0] in chain or len(chain) > _MAX_CHAIN:
            circle = " -> ".join(str(file) for file in (*chain, paths[0]))
            raise Fault("Files include each other in a circle", cause=circle)
        directory = given.get("project_directory")
        folder = Path(resolve(directory)) if directory else paths[0].parent
        environment = dotenv.merged(self.environment, self._include_environment(given, folder))
        layers = replace(self, environment=environment, folder=folder, included=chain)
        return layers.model(paths)

    def _include_environment(self, given: Mapping[str, Any], folder: Path) -> dict[str, str]:
        resolve = Paths(self.folder, self.environ).absolute
        files = [Path(resolve(item)) for item in _listed(given.get("env_file")) if item != "/dev/null"]
        if not given.get("env_file"):
            files = [default] if is_file(default := folder / ".env") else []
        variables: dict[str, str] = {}
        for file in files:
            if not is_file(file):
                raise Fault(f"The env file {file} is not there", ("env_file",), advice="Check the path.")
            variables |= dotenv.read(file, lookup_in(self.environment, variables))
        return variables

    def base_services(self, path: Path) -> tuple[dict[str, Any], list[KeyPath]]:
        """The services of a file that is extended, with long forms and absolute paths; and what it resets.

        Raises:
            ComposeError: The file is wrong.
        """
        model: dict[str, Any] = {}
        resets: list[KeyPath] = []
        try:
            for document in self.files.documents(path):
                interpolated = self._interpolated(document, path)
                resets = document.resets
                _reset(model, resets)
                model = unify(canonical(unify(merge(model, interpolated)), lambda _text, _path: None))
            Paths(path.parent, self.environ).resolve(model)
        except Fault as fault:
            raise self.files.error(fault, path) from fault
        services = model.get("services")
        return services if isinstance(services, dict) else {}, resets


class _Extension:
    """Completes the services of one file by what they extend."""

    def __init__(self, layers: Layers, path: Path) -> None:
        self._layers = layers
        self._path = path
        self._bases: dict[Path, tuple[dict[str, Any], list[KeyPath]]] = {}

    def apply(self, model: dict[str, Any], resets: list[KeyPath]) -> None:
        services = model.get("services")
        if not isinstance(services, dict):
            return
        for name in services:
            services[name] = self._extended(name, services, self._path, resets, ())

    def _extended(
        self,
        name: str,
        services: dict[str, Any],
        file: Path,
        resets: list[KeyPath],
        chain: tuple[tuple[Path, str], ...],
    ) -> Value:
        service = services[name]
        if not isinstance(service, dict) or "extends" not in service:
            return service
        if (file, name) in chain or len(chain) > _MAX_CHAIN:
            circle = " -> ".join(service for _, service in (*chain, (file, name)))
            raise Fault("Services extend each other in a circle", ("services", name, "extends"), cause=circle)
        chain = (*chain, (file, name))
        try:
            reference, target = self._reference(service["extends"], file)
            others, other_resets = (services, resets) if target is None else self._base(target)
            if reference not in others:
                raise Fault(
                    f"The service {reference} is not there to be extended",
                    ("service",) if isinstance(service["extends"], dict) else (),
                    cause=f"Looked for it in {target or file}.",
                )
        except Fault as fault:
            raise fault.below("services", name, "extends") from None
        base = self._extended(reference, others, target or file, other_resets, chain)
        if target is not None and file == self._path:
            self._layers.files.origins.setdefault(name, (target, reference))
        elif target is None and reference in self._layers.files.origins:
            self._layers.files.origins.setdefault(name, self._layers.files.origins[reference])
        if not isinstance(base, dict):
            return {key: value for key, value in service.items() if key != "extends"}
        base = copy.deepcopy(base)
        _reset({"services": {name: base}}, resets)
        try:
            merged = merge_service(base, service)
        except Fault as fault:
            raise fault.below("services", name) from None
        merged.pop("extends", None)
        services[name] = merged
        return merged

    def _reference(self, extends: Value, file: Path) -> tuple[str, Path | None]:
        """The service's name, and the file that it is in unless that is this one."""
        given = {"service": extends} if isinstance(extends, str) else extends
        if not isinstance(given, dict) or not isinstance(given.get("service"), str):
            raise Fault("extends must name a service")
        for key in given:
            if key not in ("service", "file"):
                raise Fault(f"The key {key} is unknown here", (key,), advice="extends has service and file.")
        if given.get("file") is None:
            return given["service"], None
        if not isinstance(given["file"], str):
            raise Fault("This must be a path", ("file",))
        folder = self._layers.folder if file == self._path else file.parent
        target = Path(Paths(folder, self._layers.environ).absolute(given["file"]))
        if not is_file(target):
            raise Fault(f"The file {target} is not there", ("file",), advice="Check the path.")
        return given["service"], target

    def _base(self, target: Path) -> tuple[dict[str, Any], list[KeyPath]]:
        if target not in self._bases:
            self._bases[target] = self._layers.base_services(target)
        services, resets = self._bases[target]
        return copy.deepcopy(services), resets


def _listed(value: Value) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _import(included: dict[str, Any], model: dict[str, Any], resets: list[KeyPath]) -> None:
    """Take in what an included file defines; what this file says goes on top."""
    for section in _SECTIONS:
        entries = included.get(section)
        if entries is None:
            continue
        target = model.get(section)
        if not isinstance(target, dict):
            target = model[section] = {}
        for name, entry in entries.items():
            if name not in target:
                target[name] = entry
            elif target[name] != entry:
                _reset({section: {name: entry}}, resets)
                try:
                    target[name] = merge_entry(section, entry, target[name])
                except Fault as fault:
                    raise fault.below(section, name) from None


def _reset(model: dict[str, Any], resets: Sequence[KeyPath]) -> None:
    """Take out what a later file resets."""
    for path in resets:
        _take_out(model, path)


def _take_out(value: Value, path: KeyPath) -> None:
    if not isinstance(value, dict):
        return
    key, *rest = path or ("",)
    keys = list(value) if key == "*" else [key] if key in value else []
    for name in keys:
        if rest:
            _take_out(value[name], tuple(rest))
        else:
            del value[name]

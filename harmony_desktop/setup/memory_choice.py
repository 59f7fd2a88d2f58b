"""Reads from a stack's files what it would load (the protocol ``control.memory_choice.ChoiceReader``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import Chosen, ServiceShare, SpeechGroup, TextFlags, TextModel
from harmony_desktop.control.models import Facts, LocalModel, ModelsPlace
from harmony_desktop.control.models_place import find_place
from harmony_desktop.plan.sources import binds
from harmony_desktop.setup import flags_file, speech_choice
from harmony_desktop.setup.flags_file import FlagsFile
from harmony_desktop.setup.gguf import GgufError, parts, quantisation_in, read_facts
from harmony_desktop.setup.speech_config import SpeechConfig
from harmony_desktop.setup.speech_sizes import family_of
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project, Service
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_edit import YamlEditError

_LINK = "config.json"
#: A configuration is text; what is larger is none, and is not read.
_LARGEST = 2_000_000
#: What a program takes by itself where its compose file does not say: what the stack's guide counts for an engine that
#: loads models.
_ENGINE_SHARE = 500 * 10**6
_TENSORS = (".safetensors", ".bin", ".pt")
_SUFFIX = ".gguf"


class FileChoices:
    """Implements ``ChoiceReader``; headers of models that were read are remembered, for large ones take a second."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, int, int], Facts | GgufError] = {}
        self._speech: tuple[object, tuple[tuple[SpeechGroup, ...], tuple[str, ...], str]] | None = None

    def chosen(self, project: Project, drafts: Mapping[Path, str] | None = None) -> Chosen:
        """Return what a project would load. Never raises."""
        texts = _Texts(drafts or {})
        text = self._text(project, texts)
        link = next((file for _, file in _files(project) if file.name == _LINK), None)
        asked = speech_choice.used_models((texts.read(link) or "").encode()) if link is not None else frozenset[str]()
        service, file, content = _speech_file(project, texts)
        groups, unknown, fault = self._groups(content, asked)
        return Chosen(
            services=tuple(
                _share(each, computes=each.name in {service, text.service if text else ""})
                for each in project.services.values()
            ),
            text=text,
            speech_service=service,
            speech=groups,
            speech_file=file,
            link_known=bool(asked),
            unknown=unknown,
            fault=fault,
        )

    def _groups(self, content: str, asked: frozenset[str]) -> tuple[tuple[SpeechGroup, ...], tuple[str, ...], str]:
        """Return the groups of speech models, those that are not known, and what is wrong with the text."""
        key = (content, asked)
        if self._speech is None or self._speech[0] != key:
            self._speech = (key, speech_groups(content, asked))
        return self._speech[1]

    # The language model

    def _text(self, project: Project, texts: _Texts) -> TextModel | None:
        try:
            place = find_place(project)
        except HarmonyError:
            return None
        content = texts.read(place.flags) if place.flags is not None else ""
        try:
            flags = FlagsFile((content or "").encode())
        except HarmonyError as error:
            return TextModel(place.service, fault=error.title)
        name = flags.value(flags_file.MODEL)
        size, facts, fault = 0, None, ""
        smaller: tuple[LocalModel, ...] = ()
        if name:
            size, facts, fault = self._look(place, flags, name)
            smaller = _smaller(place.folder, name, size) if facts is not None else ()
        return TextModel(
            service=place.service,
            name=name,
            size=size,
            facts=facts,
            fault=fault,
            context=_whole(flags.value(flags_file.CONTEXT)) or 0,
            layers=_layers(flags, place),
            cache=flags.value(flags_file.CACHE),
            split=_split(flags.value(flags_file.SPLIT)),
            on_processor=flags.has(flags_file.PROCESSOR),
            cache_in_memory=flags.has(flags_file.CACHE_IN_MEMORY),
            beside=sum(_size(place.folder / file) for names in flags_file.BESIDE if (file := flags.value(names))),
            smaller=smaller,
            flags=_refs(flags, place),
        )

    def _look(self, place: ModelsPlace, flags: FlagsFile, name: str) -> tuple[int, Facts | None, str]:
        """Return the bytes of a model, what its header says, and why nothing is known of it."""
        if flags.value(flags_file.FOLDER):
            return 0, None, say("{flag} names another folder, which cannot be seen from here.", flag="--model-dir")
        file = place.folder / name
        if file.is_dir():
            tensors = [each for each in file.iterdir() if each.suffix in _TENSORS]
            return sum(_size(each) for each in tensors), None, ""
        if not file.is_file() and not name.endswith(_SUFFIX):
            file = file.with_name(f"{file.name}{_SUFFIX}")
        if not file.is_file():
            return 0, None, say("{model}, which is to be loaded, is not in the models folder.", model=name)
        size = sum(_size(file.with_name(part)) for part in parts(file.name))
        if file.suffix.lower() != _SUFFIX:
            return size, None, ""
        try:
            found = self._read(file)
        except OSError as error:
            return size, None, say("{model} cannot be read: {error}.", model=name, error=error.strerror or str(error))
        if isinstance(found, GgufError):
            return size, None, say("{model} cannot be used. {cause}", model=name, cause=found.cause)
        return size, found, ""

    def _read(self, file: Path) -> Facts | GgufError:
        status = file.stat()
        key = (str(file), status.st_size, status.st_mtime_ns)
        if key not in self._facts:
            try:
                self._facts[key] = read_facts(file)
            except GgufError as error:
                self._facts[key] = error
        return self._facts[key]


def speech_groups(content: str, asked: frozenset[str]) -> tuple[tuple[SpeechGroup, ...], tuple[str, ...], str]:
    """Return the groups of speech models that are on, the names of those whose need is not known, and a fault.

    Args:
        content: The engine's configuration.
        asked: Names of the models that Harmony Link's settings name.
    """
    if not content:
        return (), (), ""
    try:
        models = SpeechConfig(content).models()
    except YamlEditError as error:
        return (), (), say("The settings of the speech engine cannot be read: {error}.", error=str(error))
    groups: dict[str, SpeechGroup] = {}
    unknown: list[str] = []
    members: dict[str, list[str]] = {}
    devices: dict[str, list[str]] = {}
    for model in models:
        family = family_of(model.model_type)
        if family is None:
            unknown.append(model.name or model.model or model.model_type)
            continue
        if family.per == "language" and not model.language:
            continue  # what all languages share counts with them
        name = speech_choice.group_id(family, model)
        members.setdefault(name, []).append(model.name)
        devices.setdefault(name, []).append(model.device)
        need = family.models.get(model.model, family.memory) if family.per == "model" else family.memory
        title = speech_choice.group_title(family, model.language, model.model)
        groups[name] = SpeechGroup(
            name,
            title,
            need,
            speech_choice.card_of(devices[name]),
            tuple(dict.fromkeys(members[name])),
            bool(asked & set(members[name])),
        )
    return tuple(groups.values()), tuple(unknown), ""


class _Texts:
    """Files, or what they shall hold."""

    def __init__(self, drafts: Mapping[Path, str]) -> None:
        self._drafts = drafts

    def read(self, file: Path) -> str | None:
        """Return a text; None where there is none."""
        if file in self._drafts:
            return self._drafts[file]
        try:
            if not file.is_file() or file.stat().st_size > _LARGEST:
                return None
            return file.read_bytes().decode("utf-8-sig", "replace")
        except OSError:
            return None


def _files(project: Project) -> list[tuple[Service, Path]]:
    return [(service, Path(mount.source)) for service, mount in binds(project)]


def _speech_file(project: Project, texts: _Texts) -> tuple[str, Path | None, str]:
    """Return service, file and text of the speech engine's settings; of several mounts the first that is one."""
    for service, file in _files(project):
        if file.suffix not in {".yml", ".yaml"}:
            continue
        content = texts.read(file)
        if content is not None and re.search(r"(?m)^model_configs\s*:", content):
            return service.name, file, content
    return "", None, ""


def _share(service: Service, *, computes: bool) -> ServiceShare:
    limits = service.spec.get("deploy", {}).get("resources", {}).get("limits", {})
    limit = str(limits.get("memory", service.spec.get("mem_limit", "0")))
    known = service.presentation.memory or (_ENGINE_SHARE if computes else 0)
    return ServiceShare(
        service.name,
        service.title,
        known * service.scale,
        int(limit) if limit.isascii() and limit.isdigit() else 0,
        tuple(request for request in service.gpus if request.driver == "nvidia" or "gpu" in request.capabilities),
    )


def _layers(flags: FlagsFile, place: ModelsPlace) -> int | None:
    """Return the layers that the card gets; images of the older layout use none unless they are told to."""
    value = flags.value(flags_file.LAYERS)
    if value == "":
        return None if place.context_flag == flags_file.CONTEXT[0] else 0
    if value.lstrip("-").isdigit():
        return int(value)
    return None


def _refs(flags: FlagsFile, place: ModelsPlace) -> TextFlags:
    """Return where the flags stand, by the names that the file uses, or that its version knows."""
    file = place.flags
    if file is None:
        return TextFlags()
    present = place.context_flag == flags_file.CONTEXT[0]

    def ref(names: tuple[str, ...], usual: str) -> FieldRef:
        return FieldRef(file, FieldKind.FLAG, flags.name_of(names) or usual)

    return TextFlags(
        ref(flags_file.CONTEXT, place.context_flag),
        ref(flags_file.LAYERS, "--gpu-layers" if present else "--n-gpu-layers"),
        ref(flags_file.CACHE, flags_file.CACHE[0]) if present else None,
    )


def _smaller(folder: Path, name: str, size: int) -> tuple[LocalModel, ...]:
    """Return other files of the same model, by their names without the quantisation, that are smaller."""
    quantisation = quantisation_in(Path(name).name)
    if not quantisation:
        return ()

    def bare(file: str) -> str:
        return file.casefold().replace(quantisation_in(file).casefold(), "*") if quantisation_in(file) else ""

    stem, where = bare(Path(name).name), (folder / name).parent
    try:
        files = [file for file in sorted(where.glob(f"*{_SUFFIX}")) if bare(file.name) == stem]
    except OSError:
        return ()
    found = (LocalModel(file.relative_to(folder).as_posix(), _size(file)) for file in files)
    return tuple(model for model in found if 0 < model.size < size)


def _split(value: str) -> tuple[float, ...]:
    try:
        shares = tuple(float(part) for part in value.split(",")) if value else ()
    except ValueError:
        return ()
    return shares if all(0 <= share < 1e9 for share in shares) and sum(shares) > 0 else ()


def _whole(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0

"""What belongs to a stack folder, and to which part of a backup: told by the stack's own files, by what they mount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath

from harmony_desktop.control.backups import Part
from harmony_desktop.control.config_files import LARGEST
from harmony_desktop.control.proof import Part as ProofPart
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.records import dataclass
from harmony_desktop.setup import composefile
from harmony_desktop.setup.config_stack import StackFiles, syntax_of
from harmony_desktop.setup.layout import COMPOSE_FILES, Layout, Writer
from harmony_desktop.setup.linter import mounted_files
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.project import MountType, Project, Service
from harmony_desktop.stack.words import say

#: Folders of the services by the names that they have within the containers.
_PARTS: Mapping[str, Part] = {
    "characters": Part.CHARACTERS,
    "grammars": Part.PROMPTS,
    "instruction-templates": Part.PROMPTS,
    "presets": Part.PROMPTS,
    "prompts": Part.PROMPTS,
    "softprompts": Part.PROMPTS,
    "loras": Part.ADAPTERS,
    "training": Part.ADAPTERS,
    "models": Part.MODELS,
    "embeddings": Part.VOICES,
    "speakers": Part.VOICES,
    "voices": Part.VOICES,
}
#: What a service that speaks keeps of its voices.
_SPEECH_CACHE = "cache"
_SPEECH = int(ProofPart.SPEECH.value)
#: Copies of a hub's repositories, as its client lays them out.
_HUB_FOLDERS = ("models--", "datasets--")
_WEIGHTS = frozenset({".bin", ".ckpt", ".gguf", ".onnx", ".pt", ".pth", ".safetensors"})
#: Bytes from which a file of weights is a model: smaller ones may be a voice.
_MODEL_SIZE = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that a service keeps something in.

    Attributes:
        path: Where, relative to the stack folder.
        part: What is in it.
        writer: User and group that the container writes as, where they are known.
    """

    path: str
    part: Part
    writer: Writer | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What belongs to a stack folder.

    Attributes:
        folder: The folder, resolved.
        files: The files of the configuration, relative to it.
        keys: Those of them that hold nothing but a secret.
        roots: The folders of the services.
        elsewhere: What the services keep outside of it, in words.
        broken: Why the stack's files could not be read, or "": then folders are known by what ships.
    """

    folder: Path
    files: tuple[str, ...]
    keys: frozenset[str] = frozenset()
    roots: tuple[Root, ...] = ()
    elsewhere: tuple[str, ...] = ()
    broken: str = ""
    projects: tuple[Project, ...] = field(default=(), repr=False)


def part_within(root: Part, path: str, size: int) -> Part:
    """Return the part of one file within a service's folder: models also lie in caches.

    Args:
        root: The part of the folder.
        path: Where the file is, relative to the stack folder.
        size: Its bytes.
    """
    if root not in {Part.VOICES, Part.DATA}:
        return root
    whole = PurePosixPath(path)
    if any(name.startswith(_HUB_FOLDERS) for name in whole.parts):
        return Part.MODELS
    return Part.MODELS if whole.suffix.lower() in _WEIGHTS and size >= _MODEL_SIZE else root


def find_contents(folder: Path, environ: Mapping[str, str], layout: Layout) -> Contents:
    """Return what belongs to a stack folder; files that are wrong are no hindrance.

    Args:
        folder: The stack folder, resolved.
        environ: The environment of this program.
        layout: What ships.
    """
    stack = StackFiles(folder, environ, {})
    projects = tuple(_projects(stack))
    files: dict[str, None] = {}
    keys: set[str] = set()
    roots: dict[str, Root] = {}
    elsewhere: dict[str, None] = {}
    for path in (*stack.compose_files(), *_beside(folder), *(path for _, path in stack.env_files())):
        _add(files, folder, path)
    for project in projects:
        for path, secret in _mounted(project):
            name = _add(files, folder, path)
            if secret and name:
                keys.add(name)
        for root in _roots(project, folder, layout):
            roots.setdefault(root.path, root)
        elsewhere |= dict.fromkeys(_elsewhere(project, folder))
    if not projects:
        for name in layout.files:
            if (folder / name).is_file():
                files.setdefault(name)
        roots = {name: Root(name, _by_name(name, speech=False), writer) for name, writer in layout.folders.items()}
    for name in tuple(files):
        if (folder / f"{name}.new").is_file():
            files.setdefault(f"{name}.new")
    keys |= {name for name in files if PurePosixPath(name).suffix in {".key", ".pem"}}
    return Contents(
        folder,
        tuple(sorted(files)),
        frozenset(keys),
        tuple(roots[name] for name in sorted(roots)),
        tuple(elsewhere),
        "" if stack.error is None else stack.error.title,
        projects,
    )


def _projects(stack: StackFiles) -> Iterator[Project]:
    """Yield the project as it is, and as it would be with the other hardware choice, which has files of its own."""
    if stack.project is not None:
        yield stack.project
    for hardware, file in COMPOSE_FILES.items():
        if not (stack.folder / file).is_file():
            continue
        try:
            yield stack.load(*(Path(name) for name in composefile.files_for(stack.folder, hardware)))
        except ComposeError:
            continue  # of a choice that is not in force


def _beside(folder: Path) -> Iterator[Path]:
    """Yield the configuration files that lie in the folder itself: the user's own compose files among them."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return
    for path in found:
        if syntax_of(path) is not None and path.is_file() and path.stat().st_size <= LARGEST:
            yield path


def _add(files: dict[str, None], folder: Path, path: Path) -> str:
    """Add a file if it lies in the folder; return its name there, or ""."""
    if not path.is_absolute():
        path = folder / path
    if not path.is_relative_to(folder) or path == folder:
        return ""
    name = path.relative_to(folder).as_posix()
    files.setdefault(name)
    return name


def _mounted(project: Project) -> Iterator[tuple[Path, bool]]:
    """Yield each file that a service mounts as a file, and whether it is nothing but a secret."""
    for _, mount in binds(project):
        place = Path(mount.source)
        if place.is_file() or (wants_file(mount) and not place.is_dir()):
            yield place, False
    for _, path in mounted_files(project):
        yield path, False
    for section in ("configs", "secrets"):
        for entry in (project.spec.get(section) or {}).values():
            file = entry.get("file") if isinstance(entry, Mapping) else None
            if isinstance(file, str):
                yield Path(file), section == "secrets"


def _roots(project: Project, folder: Path, layout: Layout) -> Iterator[Root]:
    for service, mount in binds(project):
        place = Path(mount.source)
        if wants_file(mount) or place.is_file() or not place.is_relative_to(folder):
            continue
        name = place.relative_to(folder).as_posix()
        speech = any(port.target == _SPEECH for port in service.ports)
        yield Root(name, _by_name(mount.target, speech=speech), _writer(service, name, layout))


def _by_name(target: str, *, speech: bool) -> Part:
    name = PurePosixPath(target).name.lower()
    if speech and name == _SPEECH_CACHE:
        return Part.VOICES
    return _PARTS.get(name, Part.DATA)


def _writer(service: Service, name: str, layout: Layout) -> Writer | None:
    """Return whom a container writes as: as the stack says, else as the folder of that name that ships."""
    user, _, group = str(service.spec.get("user") or "").partition(":")
    if user.isdecimal():
        return Writer(int(user), int(group) if group.isdecimal() else 0)
    if name in layout.folders:
        return layout.folders[name]
    known = {PurePosixPath(path).name: writer for path, writer in layout.folders.items()}
    return known.get(PurePosixPath(name).name)


def _elsewhere(project: Project, folder: Path) -> Iterator[str]:
    for service in project.services.values():
        for mount in service.mounts:
            if mount.type is MountType.VOLUME and mount.source:
                yield say("The volume {name} of {service} is kept by Docker.", name=mount.source, service=service.title)
            elif mount.type is MountType.BIND and mount.source and not Path(mount.source).is_relative_to(folder):
                yield say(
                    "{path}, which {service} mounts, is not in the stack folder.",
                    path=mount.source,
                    service=service.title,
                )

"""Container images from nothing: layers, configuration and manifest, as a registry stores them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import random
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

EPOCH = "2025-04-01T12:00:00Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Entry:
    """One thing in a layer: a file with content, a link, or (with neither) a folder."""

    path: str
    content: bytes | None = None
    link: str | None = None
    mode: int = 0o755
    owner: int = 0


@dataclass(frozen=True)
class Blob:
    """Bytes and the digest by which a registry knows them."""

    data: bytes
    digest: str

    @classmethod
    def of(cls, data: bytes) -> Blob:
        return cls(data, sha256(data))


@dataclass(frozen=True)
class Layer:
    """A compressed layer, and the digest of what is in it."""

    blob: Blob
    diff_id: str


@dataclass(frozen=True)
class ImageSpec:
    """What an image is made of. `config` is the engine's own (Env, Cmd, User …)."""

    layers: tuple[Layer, ...]
    config: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Image:
    """A finished image."""

    manifest: Blob
    config: Blob
    layers: tuple[Layer, ...]

    @property
    def id(self) -> str:
        """The ID by which an engine knows it."""
        return self.config.digest


def sha256(data: bytes) -> str:
    """The digest of data, as registries write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def make_layer(entries: list[Entry]) -> Layer:
    """A layer with `entries`; the same entries give the same digest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.path.lstrip("/"))
            info.mode, info.uid, info.gid = entry.mode, entry.owner, entry.owner
            info.mtime = 1_743_508_800
            if entry.link is not None:
                info.type, info.linkname = tarfile.SYMTYPE, entry.link
            elif entry.content is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(entry.content)
            tar.addfile(info, io.BytesIO(entry.content) if entry.content is not None else None)
    data = packed.getvalue()
    return Layer(Blob.of(gzip.compress(data, compresslevel=1, mtime=0)), sha256(data))


def weights(path: str, size: int) -> Entry:
    """A file of `size` bytes that do not compress, always the same for a path: it gives a pull something to show."""
    return Entry(path, random.Random(path).randbytes(size), mode=0o644)


def make_image(spec: ImageSpec) -> Image:
    """The image of a spec."""
    config = {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": EPOCH,
        "config": spec.config,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in spec.layers]},
        "history": [{"created": EPOCH, "created_by": "test lab"} for _ in spec.layers],
    }
    blob = Blob.of(json.dumps(config, sort_keys=True).encode())
    docker = "application/vnd.docker"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{docker}.distribution.manifest.v2+json",
        "config": {
            "mediaType": f"{docker}.container.image.v1+json",
            "size": len(blob.data),
            "digest": blob.digest,
        },
        "layers": [
            {
                "mediaType": f"{docker}.image.rootfs.diff.tar.gzip",
                "size": len(layer.blob.data),
                "digest": layer.blob.digest,
            }
            for layer in spec.layers
        ],
    }
    return Image(Blob.of(json.dumps(manifest, sort_keys=True).encode()), blob, spec.layers)


def busybox_entries(busybox: Path, applets: list[str]) -> list[Entry]:
    """A root file system with busybox under the names of its applets."""
    folders = [
        "app",
        "bin",
        "etc",
        "home",
        "root",
        "run",
        "sbin",
        "usr",
        "usr/bin",
        "usr/local",
        "usr/local/bin",
        "var",
    ]
    entries = [Entry(folder) for folder in folders]
    entries += [Entry("tmp", mode=0o1777), Entry("var/standin", mode=0o777)]
    entries += [
        Entry(
            "etc/passwd",
            b"root:x:0:0:root:/root:/bin/sh\nspeech:x:1000:0::/tmp:/bin/sh\napp:x:6972:6972::/home/app:/bin/sh\n",
            mode=0o644,
        ),
        Entry("etc/group", b"root:x:0:\napp:x:6972:\n", mode=0o644),
        Entry("bin/busybox", busybox.read_bytes()),
    ]
    entries += [Entry(f"bin/{name}", link="busybox") for name in applets if name != "busybox"]
    return entries

"""A registry of the lab's own, the engine's mirror: the real image names work, unmodified and offline."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.lab.contained import Contained
from tests.lab.errors import LabUnavailableError
from tests.lab.images import Blob
from tests.lab.waiting import wait_until

if TYPE_CHECKING:
    from tests.lab.images import Image


#: Who may fetch from a private registry, and what the registry keeps of the password.
LOGIN = ("lab", "swordfish")
_PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu."


class RegistryStorage:
    """The files of a registry (Distribution's layout), written directly: no registry needs to run for it.

    Args:
        root: The storage's root directory.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._base = root / "docker/registry/v2"

    def publish(self, repository: str, tag: str, image: Image) -> str:
        """Makes `repository:tag` name `image`; returns the manifest's digest."""
        for blob in (image.manifest, image.config, *(layer.blob for layer in image.layers)):
            self._keep(blob)
        folder = self._base / "repositories" / repository
        for digest in (image.config.digest, *(layer.blob.digest for layer in image.layers)):
            self._link(folder / "_layers" / digest.replace(":", "/"), digest)
        digest = image.manifest.digest
        self._link(folder / "_manifests/revisions" / digest.replace(":", "/"), digest)
        self._link(folder / "_manifests/tags" / tag / "index" / digest.replace(":", "/"), digest)
        self._link(folder / "_manifests/tags" / tag / "current", digest)
        return digest

    def publish_for(self, repository: str, tag: str, image: Image, architecture: str) -> None:
        """Makes `repository:tag` name `image`, but for one kind of processor only."""
        digest = self.publish(repository, tag, image)
        kind = "application/vnd.docker.distribution.manifest"
        offer = {
            "mediaType": f"{kind}.v2+json",
            "digest": digest,
            "size": len(image.manifest.data),
            "platform": {"architecture": architecture, "os": "linux"},
        }
        listed = {"schemaVersion": 2, "mediaType": f"{kind}.list.v2+json", "manifests": [offer]}
        blob = Blob.of(json.dumps(listed).encode())
        self._keep(blob)
        folder = self._base / "repositories" / repository / "_manifests"
        self._link(folder / "revisions" / blob.digest.replace(":", "/"), blob.digest)
        self._link(folder / "tags" / tag / "index" / blob.digest.replace(":", "/"), blob.digest)
        self._link(folder / "tags" / tag / "current", blob.digest)

    def withdraw(self, repository: str, tag: str) -> None:
        """Takes a tag away."""
        shutil.rmtree(self._base / "repositories" / repository / "_manifests/tags" / tag)

    def copy_tag(self, repository: str, source: str, target: str) -> None:
        """Makes the tag `target` name what `source` names: how a publisher releases."""
        tags = self._base / "repositories" / repository / "_manifests/tags"
        digest = (tags / source / "current/link").read_text()
        self._link(tags / target / "index" / digest.replace(":", "/"), digest)
        self._link(tags / target / "current", digest)

    def _keep(self, blob: Blob) -> None:
        name = blob.digest.removeprefix("sha256:")
        path = self._base / "blobs/sha256" / name[:2] / name / "data"
        if not path.exists():
            self._write(path, blob.data)

    def _link(self, folder: Path, digest: str) -> None:
        self._write(folder / "link", digest.encode())

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(data)
        draft.rename(path)


class Registry:
    """A running registry over a storage folder.

    Args:
        folder: Where its configuration and log go.
        storage: What it serves.
        port: Its port on 127.0.0.1.
        private: Whether it serves nobody but LOGIN.
    """

    def __init__(self, folder: Path, storage: RegistryStorage, port: int = 5055, *, private: bool = False) -> None:
        self.storage = storage
        self.address = f"127.0.0.1:{port}"
        self._folder = folder
        self._private = private
        self._process: Contained | None = None

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._process is not None

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it answers."""
        if self._process is not None:
            return
        program = shutil.which("docker-registry")
        if program is None:
            raise LabUnavailableError("the lab needs docker-registry (Debian: docker-registry)")
        config = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.storage.root)}},
            "http": {"addr": self.address},
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._private:
            passwords = self._folder / "htpasswd"
            passwords.write_text(f"{LOGIN[0]}:{_PASSWORD_HASH}\n")
            config["auth"] = {"htpasswd": {"realm": "lab", "path": str(passwords)}}
        path = self._folder / "registry.yml"
        path.write_text(json.dumps(config))  # JSON is YAML
        process = Contained([program, "serve", str(path)], self._folder / "registry.log", grace=1.0)
        self._process = process
        wait_until(lambda: self._answers(process), "the registry")

    def stop(self) -> None:
        """Ends it: the lab is offline."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _answers(self, process: Contained) -> bool:
        process.check()
        try:
            with urlopen(f"http://{self.address}/v2/", timeout=2) as answer:
                return bool(answer.status == 200)
        except HTTPError as error:
            error.close()
            return self._private and error.code == 401

"""Releases new images at the lab's registry, and takes everything back afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harmony_desktop.control.keeping import REPOSITORY
from tests.lab.api import EngineApiError
from tests.lab.lab import Lab
from tests.lab.stack_images import STAND_INS

LINK = "harmonyai/harmony-link"
SPEECH = "harmonyai/harmonyspeech-engine-cpu"
_FIRST = "first-of-this-test"


@dataclass
class Publisher:
    """The one who publishes the stack's images.

    Args:
        lab: The registry and the engine.
    """

    lab: Lab

    def begin(self) -> None:
        """Remember what is published."""
        for stand_in in STAND_INS:
            self.lab.registry.storage.copy_tag(stand_in.repository, "latest", _FIRST)

    def end(self) -> None:
        """Publish again what was, have the engine fetch it, and take the panel's names away."""
        self.lab.registry.start()
        for stand_in in STAND_INS:
            self.lab.registry.storage.copy_tag(stand_in.repository, _FIRST, "latest")
            self.lab.registry.storage.withdraw(stand_in.repository, _FIRST)
        for container in self.lab.api.containers():
            self.lab.api.call("DELETE", f"/containers/{container['Id']}", force=True)
        for name in self.kept():
            self.lab.api.call("DELETE", f"/images/{name}", force=True)
        for stand_in in STAND_INS:
            self.lab.api.pull(f"{stand_in.repository}:latest")

    def release(self, *repositories: str, tag: str = "next") -> None:
        """Publish the image behind a tag as the latest one."""
        for repository in repositories:
            self.lab.registry.storage.copy_tag(repository, tag, "latest")

    def take_back(self, *repositories: str) -> None:
        """Publish the first image as the latest one again."""
        self.release(*repositories, tag=_FIRST)

    def image(self, name: str) -> str | None:
        """The ID of a local image, or None."""
        try:
            return str(self.lab.api.call("GET", f"/images/{name}/json")["Id"])
        except EngineApiError:
            return None

    def kept(self) -> set[str]:
        """The names by which the panel keeps images."""
        return {name for name in self.lab.api.image_names() if name.startswith(f"{REPOSITORY}:")}

    def containers(self, project: str = "harmony") -> dict[str, dict[str, Any]]:
        """Service -> its container, inspected."""
        label = f"com.docker.compose.project={project}"
        found = [self.lab.api.inspect(c["Id"]) for c in self.lab.api.containers(label=[label])]
        return {c["Config"]["Labels"]["com.docker.compose.service"]: c for c in found}

    def ids(self) -> dict[str, str]:
        """Service -> the ID of its container."""
        return {service: container["Id"] for service, container in self.containers().items()}

    def images(self) -> dict[str, str]:
        """Service -> the ID of the image of its container."""
        return {service: container["Image"] for service, container in self.containers().items()}

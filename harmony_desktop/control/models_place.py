"""Finds the models folder of a stack, by the mounts of its services: no layout is known here."""

from __future__ import annotations

from pathlib import Path

from harmony_desktop.control.models import ModelsPlace
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import MountType, Project, Service
from harmony_desktop.stack.words import say

#: The API's port within the container, where no probe tells another one.
_USUAL_API_PORT = 5000
_INFO_PATH = "/v1/internal/model/info"
#: A part of the path under which present-day images of the text generation service keep what is the user's.
_PRESENT_LAYOUT = "/user_data/"


def find_place(project: Project) -> ModelsPlace:
    """Return where a stack's models live, by the mounts of its services: those of any layout end in /models.

    Raises:
        HarmonyError: No service has such a folder on this computer.
    """
    candidates = [(service, source) for service in project.services.values() if (source := _models(service))]
    if not candidates:
        raise HarmonyError(
            say("This stack has no folder for language models"),
            cause=say("No service mounts a folder of this computer as its folder “models”."),
            advice=say("Set up a text generation service with such a mount, then come back."),
        )
    service, source = max(candidates, key=lambda pair: (_flags(pair[0]) is not None, _api(pair[0]) != 0))
    flags = _flags(service)
    present = any(_PRESENT_LAYOUT in mount.target for mount in service.mounts)
    limits = service.spec.get("deploy", {}).get("resources", {}).get("limits", {})
    limit = str(limits.get("memory", service.spec.get("mem_limit", "0")))
    return ModelsPlace(
        service=service.name,
        title=service.title,
        folder=source,
        flags=flags,
        api_port=_api(service) or _USUAL_API_PORT,
        context_flag="--ctx-size" if present else "--n_ctx",
        memory_limit=int(limit) if limit.isascii() and limit.isdigit() else 0,
    )


def _models(service: Service) -> Path | None:
    return _bound(service, "/models")


def _flags(service: Service) -> Path | None:
    return _bound(service, "/CMD_FLAGS.txt")


def _bound(service: Service, ending: str) -> Path | None:
    for mount in service.mounts:
        if mount.type is MountType.BIND and mount.target.rstrip("/").endswith(ending) and not mount.read_only:
            return Path(mount.source)
    return None


def _api(service: Service) -> int:
    return next((probe.port for probe in service.presentation.probes if probe.path == _INFO_PATH), 0)

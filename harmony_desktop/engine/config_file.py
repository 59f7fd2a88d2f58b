"""What the user's ``~/.docker/config.json`` says: proxies and credentials."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: The name under which credentials of Docker Hub are kept.
DOCKER_HUB = "https://index.docker.io/v1/"
_HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
#: A helper answers with this name when what it hands out is an identity token rather than a password.
_TOKEN_USER = "<token>"  # noqa: S105 - a marker, not a password
#: Seconds that a helper may take; a locked keychain may ask the user meanwhile.
_HELPER_LIMIT = 30.0
#: Folders where helpers lie that are not on the short PATH of a program started from its icon.
_HELPER_FOLDERS = (
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/snap/bin",
    "~/.docker/bin",
    "~/.orbstack/bin",
    "~/.rd/bin",
    "~/.local/bin",
    "/Applications/Docker.app/Contents/Resources/bin",
    "C:\\Program Files\\Docker\\Docker\\resources\\bin",
)


class CredentialHelperError(Exception):
    """A credential helper that is configured is missing or failed; its text tells which and why."""


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """The user's Docker configuration; empty where there is none or it cannot be read.

    Attributes:
        data: The file's content.
        fault: Why it could not be read, or "".
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""

    def proxies(self, address: str) -> Mapping[str, str]:
        """Return the proxies that containers of an engine get, under the names that the file has for them."""
        sections = self.data.get("proxies")
        if not isinstance(sections, Mapping):
            return {}
        found = sections.get(address, sections.get("default"))
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}

    def credentials(self, registry: str) -> Mapping[str, str] | None:
        """Return what to sign in with at a registry, or None.

        Args:
            registry: Host of the registry, with its port; "docker.io" for Docker Hub.

        Raises:
            CredentialHelperError: A helper is configured but does not work; public images can do without.
        """
        server = DOCKER_HUB if registry in _HUB_HOSTS else registry
        helper = (self.data.get("credHelpers") or {}).get(registry) or self.data.get("credsStore")
        if helper:
            return _from_helper(str(helper), server)
        for key, entry in (self.data.get("auths") or {}).items():
            if _host(key) == _host(server) and isinstance(entry, Mapping):
                return _from_entry(entry, server)
        return None


def load(folder: Path) -> DockerConfig:
    """Return the configuration in a folder (``~/.docker``); never raises."""
    try:
        data = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        return DockerConfig()
    except (OSError, ValueError) as error:
        return DockerConfig(fault=str(error))
    return DockerConfig(data) if isinstance(data, dict) else DockerConfig(fault=say("it is not a JSON object"))


def registry_header(credentials: Mapping[str, str]) -> str:
    """Return credentials as the engine takes them in ``X-Registry-Auth``."""
    return base64.urlsafe_b64encode(json.dumps(dict(credentials)).encode()).decode("ascii")


def _host(key: str) -> str:
    """Return the host in a key of ``auths``, which may be a URL."""
    host = key.partition("://")[2] or key
    host = host.partition("/")[0]
    return "docker.io" if host in _HUB_HOSTS else host


def _from_entry(entry: Mapping[str, Any], server: str) -> Mapping[str, str] | None:
    if entry.get("identitytoken"):
        return {"identitytoken": str(entry["identitytoken"]), "serveraddress": server}
    if entry.get("registrytoken"):
        return {"registrytoken": str(entry["registrytoken"]), "serveraddress": server}
    try:
        name, separator, password = base64.b64decode(str(entry.get("auth") or "")).decode("utf-8").partition(":")
    except ValueError:
        return None
    if not separator:
        return None
    return {"username": name, "password": password.rstrip("\0"), "serveraddress": server}


def _from_helper(helper: str, server: str) -> Mapping[str, str] | None:
    name = f"docker-credential-{helper}"
    program = shutil.which(name, path=search_path())
    if program is None:
        raise CredentialHelperError(
            say("the credential helper {name} of ~/.docker/config.json is not installed", name=name)
        )
    try:
        # The helper's folder may hold what the helper itself starts.
        answer = subprocess.run(  # noqa: S603 - the user's own configuration names it, and no shell reads it
            [program, "get"],
            input=server,
            capture_output=True,
            text=True,
            timeout=_HELPER_LIMIT,
            check=False,
            env={**os.environ, "PATH": search_path()},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialHelperError(
            say("the credential helper {name} failed: {error}", name=name, error=error)
        ) from error
    if answer.returncode != 0:
        # It has nothing for this registry, which it says in words of its own; a public image needs nothing.
        return None
    try:
        found = json.loads(answer.stdout)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise CredentialHelperError(
            say("the credential helper {name} gave an answer that cannot be read", name=name)
        ) from error
    if not secret:
        return None
    if user == _TOKEN_USER:
        return {"identitytoken": secret, "serveraddress": server}
    return {"username": user, "password": secret, "serveraddress": server}


def search_path() -> str:
    """Return PATH with the folders added in which Docker's own programs usually lie."""
    own = os.environ.get("PATH", os.defpath).split(os.pathsep)
    usual = [str(Path(folder).expanduser()) for folder in _HELPER_FOLDERS]
    return os.pathsep.join([*own, *(folder for folder in usual if folder not in own)])

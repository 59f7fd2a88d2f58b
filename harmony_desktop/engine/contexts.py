"""Docker contexts: the named engines that the ``docker`` command knows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from harmony_desktop.engine.tls import TlsFiles
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: The context that stands for the platform's own engine; it has no file.
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Context:
    """A Docker context.

    Attributes:
        name: Its name.
        address: The engine's address; "" for the platform's own.
        tls: The files of a TLS connection.
        description: Its maker's words.
        fault: Why it cannot be used, in words that continue "but …"; or "".
        missing: Whether it does not exist at all.
    """

    name: str
    address: str = ""
    tls: TlsFiles | None = None
    description: str = ""
    fault: str = ""
    missing: bool = False


def read(folder: Path, name: str) -> Context:
    """Return a context by its name; one that cannot be used tells why.

    Args:
        folder: The Docker configuration's folder (``~/.docker``).
        name: The context's name.
    """
    identity = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return _read(folder, identity, name)


def listed(folder: Path) -> tuple[Context, ...]:
    """Return all contexts that have files, by their names; broken ones tell why. Never raises.

    Args:
        folder: The Docker configuration's folder (``~/.docker``).
    """
    try:
        identities = [entry.name for entry in (folder / "contexts" / "meta").iterdir() if entry.is_dir()]
    except OSError:
        return ()
    found = [_read(folder, identity, "") for identity in identities]
    return tuple(sorted((context for context in found if context.name != DEFAULT), key=lambda context: context.name))


def _read(folder: Path, identity: str, name: str) -> Context:
    file = folder / "contexts" / "meta" / identity / "meta.json"
    label = name or identity[:12]
    try:
        meta = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return Context(label, fault=say("{folder} does not hold it", folder=folder), missing=True)
    except OSError as error:
        return Context(label, fault=say("{file} cannot be read: {strerror}", file=file, strerror=error.strerror))
    except ValueError:
        return Context(label, fault=say("{file} is damaged", file=file))
    if not isinstance(meta, dict):
        return Context(label, fault=say("{file} is damaged", file=file))
    label = name or str(meta.get("Name") or label)
    description = _description(meta)
    endpoint = (meta.get("Endpoints") or {}).get("docker") if isinstance(meta.get("Endpoints"), dict | None) else None
    if not isinstance(endpoint, dict):
        return Context(label, description=description, fault=say("{file} names no Docker engine", file=file))
    verify = not endpoint.get("SkipTLSVerify", False)
    tls = tls_files(folder / "contexts" / "tls" / identity / "docker", verify=verify)
    return Context(label, str(endpoint.get("Host") or ""), tls, description)


def _description(meta: dict[str, Any]) -> str:
    metadata = meta.get("Metadata")
    return str(metadata.get("Description") or "") if isinstance(metadata, dict) else ""


def tls_files(folder: Path, *, verify: bool) -> TlsFiles | None:
    """Return the certificates in a folder under the names that Docker gives them, or None where there are none."""
    paths = [folder / f"{name}.pem" for name in ("ca", "cert", "key")]
    authority, certificate, key = (path if path.is_file() else None for path in paths)
    if authority is None and certificate is None:
        return None
    return TlsFiles(authority, certificate, key, verify=verify)

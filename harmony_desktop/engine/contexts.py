"""Docker contexts: the named engines that the ``docker`` command knows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from harmony_desktop.engine.tls import TlsFiles

#: The context that stands for the platform's own engine; it has no file.
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Context:
    """A Docker context: its name, the engine's address, and the files of a TLS connection."""

    name: str
    address: str
    tls: TlsFiles | None = None


def read(folder: Path, name: str) -> Context | None:
    """Return a context by its name, or None where there is none or its files cannot be read.

    Args:
        folder: The Docker configuration's folder (``~/.docker``).
        name: The context's name.
    """
    identity = hashlib.sha256(name.encode()).hexdigest()
    try:
        meta = json.loads((folder / "contexts" / "meta" / identity / "meta.json").read_text("utf-8"))
        endpoint = meta["Endpoints"]["docker"]
        address = str(endpoint.get("Host") or "")
        verify = not endpoint.get("SkipTLSVerify", False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Context(name, address, tls_files(folder / "contexts" / "tls" / identity / "docker", verify=verify))


def tls_files(folder: Path, *, verify: bool) -> TlsFiles | None:
    """Return the certificates in a folder under the names that Docker gives them, or None where there are none."""
    paths = [folder / f"{name}.pem" for name in ("ca", "cert", "key")]
    authority, certificate, key = (path if path.is_file() else None for path in paths)
    if authority is None and certificate is None:
        return None
    return TlsFiles(authority, certificate, key, verify=verify)

"""Names of images: what they mean, and how the registry and the tag are told apart. Pure."""

from __future__ import annotations

from harmony_desktop.records import dataclass

_DEFAULT_REGISTRY = "docker.io"
_DEFAULT_TAG = "latest"


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of an image in its parts.

    Attributes:
        registry: Host of the registry.
        repository: The name up to the tag or digest, as it was written.
        tag: The tag or the digest; never empty, for a pull without one fetches every tag there is.
    """

    registry: str
    repository: str
    tag: str


def parse(text: str) -> Reference:
    """Return the parts of an image's name such as ``harmonyai/harmony-link:latest``."""
    name, _, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    # A colon before a slash belongs to the registry's port.
    if not colon or "/" in tag:
        head, tag = name, ""
    first, slash, _ = head.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return Reference(first if is_host else _DEFAULT_REGISTRY, head, digest or tag or _DEFAULT_TAG)

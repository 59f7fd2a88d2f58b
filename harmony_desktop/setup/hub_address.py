"""What a person writes to name a model on a hub: "owner/name", with a quantisation or a file, or an address."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from harmony_desktop.control.models import HubError
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: Other names of the usual hub.
_ALIASES = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_PIECE = re.compile(r"(?!\.\.?$)[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_VIEWS = frozenset({"blob", "resolve", "raw", "tree", "commit"})


@dataclass(frozen=True, slots=True)
class HubAddress:
    """A repository, and what of it is meant.

    Attributes:
        repository: "owner/name".
        revision: A branch or a commit.
        wanted: A file's path, or a quantisation, or "".
    """

    repository: str
    revision: str = "main"
    wanted: str = ""


def parse(text: str, endpoint: str) -> HubAddress:
    """Return what is meant.

    Args:
        text: What was written.
        endpoint: The address of the hub.

    Raises:
        HubError: It means nothing on this hub.
    """
    text = text.strip()
    host = urlsplit(endpoint).netloc
    if re.match(r"[a-z]+://", text, re.IGNORECASE) or text.split("/")[0].lower() in _ALIASES:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        if parts.netloc.lower() not in {*_ALIASES, host.lower()}:
            raise HubError(
                say("This is not an address of the model hub"),
                cause=say("{host} is another place. Models are fetched from {hub} only.", host=parts.netloc, hub=host),
                advice=say("Download the file in your browser, then import it."),
            )
        path = unquote(parts.path)
    else:
        path = text
    pieces = [piece for piece in path.split("/") if piece]
    if len(pieces) < 2:
        raise _unknown(text)
    owner, (name, _, tag) = pieces[0], pieces[1].partition(":")
    rest, revision = pieces[2:], "main"
    if rest and rest[0] in _VIEWS:
        revision, rest = (rest[1], rest[2:]) if len(rest) > 1 else ("main", [])
    wanted = "/".join(rest) or tag
    if not (_PIECE.fullmatch(owner) and _PIECE.fullmatch(name) and _REVISION.fullmatch(revision)):
        raise _unknown(text)
    if any(piece in {".", ".."} for piece in rest) or owner in {"datasets", "spaces", "models", "api"}:
        raise _unknown(text)
    return HubAddress(f"{owner}/{name}", revision, wanted)


def _unknown(text: str) -> HubError:
    return HubError(
        say("This names no model"),
        cause=say("“{text}” is neither a name like owner/model-GGUF nor an address of the model hub.", text=text[:200]),
        advice=say("Copy the name from the top of the model’s page, or the address of the page."),
    )

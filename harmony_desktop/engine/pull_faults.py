"""Why an image could not be fetched: the engine's words in plain ones, with what helps. Pure.

The engine hands on what the registry, the network or its own disk said as mere text, with status 500 or none for most
of it. So the plain cause and the advice (nothing else) go by the text; the engine's own words always stand below.
"""

from __future__ import annotations

from harmony_desktop.control.ports import RegistryError
from harmony_desktop.engine.references import Reference, parse
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import Words, joined, say

_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One reason for a failed pull.

    Attributes:
        words: Any of these, in lower case, tells it.
        cause: The reason in plain words; takes {registry}, {repository} and {tag}.
        advice: What helps; takes these and {login}, the command that signs in.
        statuses: HTTP statuses of the engine that tell it as well.
        account: Whether it may be a matter of who asks.
    """

    words: tuple[str, ...]
    cause: str
    advice: str
    statuses: frozenset[int] = frozenset()
    account: bool = False


#: The first that fits tells it: the more certain ones stand first.
_KINDS = (
    _Kind(
        ("toomanyrequests", "too many requests", "rate limit", "http 429", "status: 429"),
        "{registry} limits how much may be fetched in a time, and the limit is reached.",
        "Wait some hours, or sign in with “{login}”: who signs in may fetch more.",
        frozenset({429}),
    ),
    _Kind(
        ("no space left", "disk quota exceeded"),
        "The disk of the Docker engine is full.",
        "Make room, then try again: “docker system df” shows what takes it, “docker image prune” removes images that "
        "nothing uses. Docker Desktop has the size of its disk in its settings.",
    ),
    _Kind(
        ("no matching manifest", "no match for platform"),
        "This image is not made for this computer’s kind of processor.",
        "Choose another tag or another image, one that is built for it.",
    ),
    _Kind(
        ("manifest schema 1", "mediatype in manifest", "unsupported manifest", "media type", "schema version"),
        "The image is in a format that this Docker engine does not read.",
        "Fetch a newer tag of the image, or use a newer Docker engine.",
    ),
    _Kind(
        ("unauthorized", "no basic auth credentials", "authentication required", "incorrect username or password"),
        "{registry} wants to know who asks: the image is private.",
        "Sign in with “{login}”, then try again.",
        frozenset({401}),
        account=True,
    ),
    _Kind(
        ("access denied", "access to the resource is denied", "denied", "forbidden"),
        "{registry} has no image “{repository}”, or does not show it to everybody.",
        "Check the image’s name. If it is private, sign in with “{login}”, then try again.",
        frozenset({403}),
        account=True,
    ),
    _Kind(
        ("name unknown", "repository name not known", "repository not found"),
        "{registry} has no image “{repository}”.",
        "Check the image’s name for typing errors; a private image needs “{login}”.",
        account=True,
    ),
    _Kind(
        ("manifest unknown", "not found", "does not exist"),
        "{registry} has no “{tag}” of an image “{repository}”.",
        "Check the image’s name and tag for typing errors; a private image needs “{login}”.",
        frozenset({404}),
        account=True,
    ),
    _Kind(
        ("invalid reference format", "invalid tag format", "must be lowercase"),
        "“{repository}:{tag}” cannot be the name of an image.",
        "Correct the image’s name in the compose file or in its .env.",
        frozenset({400}),
    ),
    _Kind(
        ("x509", "certificate", "http response to https client"),
        "The certificate of {registry} is not trusted, or it has none.",
        "Check the computer’s date and time. For a registry of your own, add its certificate to the Docker engine, or "
        "name it under “insecure-registries” in the engine’s settings.",
    ),
    _Kind(
        ("verification failed", "unexpected commit digest", "digest did not match", "wrong digest", "gzip: invalid"),
        "What came is damaged.",
        "Try again; if it fails in the same place, whoever publishes the image has to mend it.",
    ),
    _Kind(
        (
            *("no such host", "dial tcp", "network is unreachable", "connection refused", "i/o timeout"),
            *("tls handshake timeout", "deadline exceeded", "client.timeout", "proxyconnect", "server misbehaving"),
        ),
        "{registry} cannot be reached.",
        "Check the connection to the internet (and a proxy, if you use one), then try again.",
    ),
    _Kind(
        ("unexpected http status: 5", "http 50", "bad gateway", "service unavailable", "internal server error"),
        "{registry} has trouble of its own.",
        "Try again later.",
        frozenset({502, 503, 504}),
    ),
    _Kind(
        ("unmarshalling", "error parsing http", "invalid character", "unexpected content"),
        "Something answered that is no registry: perhaps the sign-in page of a network, or a proxy.",
        "Open a web page to see whether the network wants you to sign in, then try again.",
    ),
    _Kind(
        ("eof", "connection reset", "broken pipe", "closed network connection", "unknown blob", "failed to copy"),
        "The connection to {registry} broke in the middle of the download.",
        "Try again: images and layers that are in place are not fetched once more.",
    ),
)
_UNKNOWN = _Kind((), "", "Try again later.")


def fault(image: str, status: int, message: str, *, helper: str = "", signed_in: bool = False) -> RegistryError:
    """Return the error for a pull that failed.

    Args:
        image: The image's name.
        status: The HTTP status of the engine's answer, or 0.
        message: The engine's own words.
        helper: Why the credential helper could not be asked, or "".
        signed_in: Whether credentials were sent along.
    """
    reference = parse(image)
    kind = _kind(status, message.lower())
    fields = {
        "registry": "Docker Hub" if reference.registry == _HUB else reference.registry,
        "repository": _repository(reference),
        "tag": reference.tag,
        "login": "docker login" if reference.registry == _HUB else f"docker login {reference.registry}",
    }
    cause: str = Words(kind.cause, fields)
    advice: str = Words(kind.advice, fields)
    if helper:
        cause = say("{cause}\nIt was asked for without signing in: {helper}.", cause=cause, helper=helper)
    if kind.account and helper:
        advice = say(
            "Install that helper, or take it out of ~/.docker/config.json (“credsStore”, “credHelpers”) and sign "
            "in with “{login}”. Then try again.",
            login=fields["login"],
        )
    elif kind.account and signed_in:
        cause = say("{cause}\nYou are signed in there, but that does not suffice.", cause=cause)
        advice = say(
            "Check the image’s name, and sign in anew with “{login}”, as somebody who may fetch it.",
            login=fields["login"],
        )
    return RegistryError(
        say("Cannot fetch {image}", image=image),
        cause=joined((cause, message.strip()), "\n"),
        advice=advice,
        status=status,
    )


def _kind(status: int, text: str) -> _Kind:
    for kind in _KINDS:
        if status in kind.statuses or any(word in text for word in kind.words):
            return kind
    return _UNKNOWN


def _repository(reference: Reference) -> str:
    """Return the name without the registry's host."""
    return reference.repository.removeprefix(f"{reference.registry}/")

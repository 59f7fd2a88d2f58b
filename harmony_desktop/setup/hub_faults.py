"""What a model hub refuses, in plain words, and what helps."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from harmony_desktop.control.models import HubError
from harmony_desktop.stack.words import say


class PassingError(HubError):
    """A fault that may be gone in a moment."""


def refused(status: int, code: str, *, repository: str, file: str, page: str, token: bool) -> HubError:
    """Return the error for an answer that is no good one.

    Args:
        status: Its HTTP status.
        code: The hub's own word for it, or "".
        repository: The repository.
        file: The file that was asked for, or "".
        page: The repository's page.
        token: Whether a token was sent.
    """
    if code == "GatedRepo" or (status == 403 and code != "RepoNotFound"):
        return _gated(repository, page, token=token)
    if status == 401 and token and code != "RepoNotFound":
        return HubError(
            say("The model hub does not accept your token"),
            cause=say("It has expired, was revoked, or has been cut off when it was copied."),
            advice=say("Make a new one on your account’s page of access tokens (to read is enough), and enter it."),
            wants_token=True,
            page=page,
        )
    if status == 404 and (file or code == "EntryNotFound"):
        return HubError(
            say("This file is not there any more"),
            cause=say("{repository} has no {file}.", repository=repository, file=file),
            advice=say("Look the model up once more, then choose another file."),
            page=page,
        )
    if status in {401, 404}:
        return HubError(
            say("The model hub has no {repository}", repository=repository),
            cause=say("There is no model of this name, or it is private."),
            advice=say("Look at its spelling. If it is private, enter a token of an account that may see it."),
            wants_token=status == 401,
            page=page,
        )
    if status == 429:
        return PassingError(
            say("The model hub asks for a rest"),
            cause=say("It has been asked too often from your address."),
            advice=say("Try again in some minutes; what has come is kept."),
        )
    if status >= 500:
        return PassingError(
            say("The model hub has trouble"),
            cause=say("It answers with HTTP {status}.", status=status),
            advice=say("That is on its side: try again later. What has come is kept."),
        )
    return HubError(
        say("The model hub refuses"),
        cause=say("It answers with HTTP {status}.", status=status),
        advice=say("Open the model’s page in a browser: it may tell why."),
        page=page,
    )


def unreachable(error: Exception | None, endpoint: str) -> HubError:
    """Return the error for a hub that cannot be reached, or is silent."""
    import requests  # noqa: PLC0415 - brings a library that few need

    host = urlsplit(endpoint).hostname or endpoint
    if isinstance(error, requests.exceptions.SSLError):
        return HubError(
            say("The connection to the model hub is not safe"),
            cause=say("The certificate of {host} is not to be trusted.", host=host),
            advice=say("Look at the clock of this computer, and at who stands between it and the network."),
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return PassingError(
            say("The proxy does not let through to the model hub"),
            cause=say("The variables HTTPS_PROXY and NO_PROXY say which proxy is used."),
            advice=say("Look at them, or ask who runs the proxy."),
        )
    if isinstance(error, requests.exceptions.TooManyRedirects | requests.exceptions.InvalidURL):
        return HubError(
            say("The model hub leads nowhere"),
            cause=say("{host} sends from one address to the next without an end.", host=host),
            advice=say("Try again later, or look at the variable HF_ENDPOINT."),
        )
    if isinstance(error, requests.exceptions.ReadTimeout | TimeoutError):
        return PassingError(
            say("The model hub is silent"),
            cause=say("Nothing has come from {host} for a while.", host=host),
            advice=say("Try again: what has come is kept."),
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError | http.client.HTTPException):
        return PassingError(
            say("The connection to the model hub broke"),
            cause=say("It has been tried several times."),
            advice=say("Try again: what has come is kept."),
        )
    return PassingError(
        say("The model hub cannot be reached"),
        cause=say("There is no connection to {host}.", host=host),
        advice=say("Look at the network of this computer. What has come is kept."),
    )


def broken_listing(cause: str) -> HubError:
    """Return the error for a listing that cannot be read."""
    return HubError(
        say("The model hub’s answer cannot be understood"),
        cause=cause,
        advice=say("A network that asks you to sign in answers like this, too: open any page in a browser."),
    )


def damaged(file: str) -> HubError:
    """Return the error for a file that is not what the hub has promised."""
    return HubError(
        say("The file has been damaged on its way"),
        cause=say("The checksum of {file} is not the one that the hub tells. It was deleted.", file=file),
        advice=say("Download it again."),
    )


def _gated(repository: str, page: str, *, token: bool) -> HubError:
    if token:
        return HubError(
            say("Your account may not fetch this model yet"),
            cause=say("The owner of {repository} wants to know who takes it.", repository=repository),
            advice=say("Ask for access on the model’s page, with the account of your token: {page}", page=page),
            wants_token=True,
            page=page,
        )
    return HubError(
        say("This model asks who takes it"),
        cause=say("The owner of {repository} wants you to agree to something first.", repository=repository),
        advice=say("Agree on its page ({page}), make a token there, and enter it here.", page=page),
        wants_token=True,
        page=page,
    )

"""From what goes wrong below to errors in plain words."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Iterator

import requests.exceptions
import urllib3.exceptions
from docker.errors import DockerException

from harmony_desktop.control.ports import (
    ConflictError,
    EngineError,
    EngineStatus,
    EngineUnavailableError,
    NotFoundError,
)
from harmony_desktop.engine.pipes import as_os_error
from harmony_desktop.engine.transport import ConnectionsClosedError
from harmony_desktop.stack.words import say

_ADVICE_BY_STATUS = {
    400: say("The engine did not understand what was asked; check the service's settings."),
    401: say("Sign in with docker login, then try again."),
    403: say("The engine's settings forbid this; ask whoever runs it."),
    501: say("This engine, or the driver in use, cannot do this; a newer engine may."),
    503: say("Wait until the engine has finished starting, then try again."),
}


def error_of_status(action: str, status: int, message: str) -> EngineError:
    """Return the error for an answer of the engine.

    Args:
        action: What was tried, as it continues "Cannot …".
        status: The answer's HTTP status.
        message: The engine's own words.
    """
    title = say("Cannot {action}", action=action)
    cause = message.strip() or say("The engine answered with status {status}.", status=status)
    if status == 404:
        return NotFoundError(title, cause=cause, status=status)
    if status == 409:
        return ConflictError(title, cause=cause, status=status)
    return EngineError(title, cause=cause, advice=_ADVICE_BY_STATUS.get(status, ""), status=status)


def error_of_connection(action: str, error: BaseException) -> EngineUnavailableError:
    """Return the error for a connection that failed, broke, or stayed silent too long."""
    title = say("Cannot {action}", action=action)
    root = root_cause(error)
    if isinstance(root, ConnectionsClosedError):
        return EngineUnavailableError(title, cause="The connection to the Docker engine was closed.")
    if isinstance(root, TimeoutError) or isinstance(
        error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError
    ):
        return EngineUnavailableError(
            title,
            cause="The Docker engine did not answer in time.",
            advice="Look whether the engine is busy or hangs; restarting it helps when it stays silent.",
        )
    if isinstance(root, ConnectionRefusedError | FileNotFoundError):
        return EngineUnavailableError(
            title,
            cause="The Docker engine is not running.",
            advice="Start the Docker engine, then try again.",
            state=EngineStatus.STOPPED,
        )
    if isinstance(root, PermissionError):
        return EngineUnavailableError(
            title, cause="This user may not talk to the Docker engine.", state=EngineStatus.DENIED
        )
    return EngineUnavailableError(
        title,
        cause=say("The connection to the Docker engine broke ({root}).", root=plain(root)),
        advice="Look whether the engine still runs, then try again.",
    )


def root_cause(error: BaseException) -> BaseException:
    """Return the operating system's error behind an error of requests or urllib3, else the error itself.

    Both wrap it several times over: as their cause or context, as an argument, or in ``reason``.
    """
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        # requests' own exceptions are OSErrors as well.
        if isinstance(current, OSError) and not isinstance(current, requests.exceptions.RequestException):
            return current
        inner = [current.__context__, current.__cause__, getattr(current, "reason", None), *current.args]
        waiting.extend(item for item in inner if isinstance(item, BaseException))
    return error


def plain(error: BaseException) -> str:
    """Return an error of the operating system in its own words, without numbers and addresses of objects."""
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    broken = http.client.HTTPException | requests.exceptions.RequestException | urllib3.exceptions.HTTPError
    if isinstance(error, broken) and not isinstance(error, ValueError):  # no JSON at all is another story
        return say("it ended in the middle of an answer")
    return str(error) or type(error).__name__


def _answer(error: requests.exceptions.HTTPError) -> tuple[int, str]:
    """Return the status of the engine's answer, and its own words."""
    response = error.response
    if response is None:
        return 0, str(error)
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = response.text
    return response.status_code, str(message)


@contextlib.contextmanager
def translated(action: str) -> Iterator[None]:
    """Turn whatever docker-py, requests, urllib3 and the sockets raise into an EngineError.

    Args:
        action: What is tried, as it continues "Cannot …".
    """
    try:
        yield
    except requests.exceptions.HTTPError as error:  # docker-py's APIError is one
        raise error_of_status(action, *_answer(error)) from error
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:  # requests' are OSErrors
        raise error_of_connection(action, error) from error
    except (DockerException, ValueError) as error:
        raise EngineError(say("Cannot {action}", action=action), cause=str(error)) from error
    except Exception as error:
        refusal = error.__context__
        if isinstance(error, KeyError | TypeError) and isinstance(refusal, requests.exceptions.HTTPError):
            # docker-py stumbles over a refusal without the engine's "message": somebody else's words.
            raise error_of_status(action, *_answer(refusal)) from refusal
        fault = as_os_error(error)
        if fault is None:
            raise
        raise error_of_connection(action, fault) from fault

"""Asks by HTTPS for releases of the panel, and fetches a package of one: bounded, checked, and ended at any time."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from harmony_desktop import __version__
from harmony_desktop.control.app_news import Answer
from harmony_desktop.control.app_releases import is_own, is_safe
from harmony_desktop.control.stopping import Stop
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    import requests

    from harmony_desktop.control.app_releases import Package

#: Seconds for opening a connection, without a byte, and for all of the document.
_CONNECT, _SILENCE, _WHOLE = 10.0, 20.0, 60.0
#: Bytes of the document, at most.
_LONGEST = 2 * 1024 * 1024
_REDIRECTS = 5
_CHUNK = 256 * 1024


class HttpReleases:
    """Implements ``ReleaseSource``.

    Args:
        address: The address of the document, or "".
        silence: Seconds without a byte after which somebody is given up.
        whole: Seconds for all of the document.
    """

    def __init__(self, address: str, *, silence: float = _SILENCE, whole: float = _WHOLE) -> None:
        self.address = address if is_safe(address) else ""
        self._silence = silence
        self._whole = whole

    def ask(self, etag: str, stop: Stop) -> Answer:
        """Fetch the document unless it is what it was, see ReleaseSource."""
        headers = {"Accept": "application/json", **({"If-None-Match": etag} if etag else {})}
        ends = time.monotonic() + self._whole
        with self._opened(self.address, headers, stop) as response:
            if response.status_code == 304 and etag:
                return Answer(None, etag)
            _refuse(response)
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                stop.check()
                content += chunk
                if len(content) > _LONGEST or time.monotonic() > ends:
                    raise HarmonyError(
                        say("What is told of releases does not come to an end"),
                        cause=say("It is larger or slower than such a document can be."),
                        advice=say("Try again later."),
                    )
            return Answer(bytes(content), response.headers.get("ETag", "")[:200])

    def download(self, package: Package, folder: Path, stop: Stop, progress: Callable[[int], None]) -> Path:
        """Fetch a file, see ReleaseSource."""
        unfinished = folder / f".{package.file}.{secrets.token_hex(4)}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as stream, self._opened(package.address, {}, stop) as response:
                _refuse(response)
                found, done = hashlib.sha256(), 0
                for chunk in response.iter_content(_CHUNK):
                    stop.check()
                    done += len(chunk)
                    if done > package.size:
                        break
                    found.update(chunk)
                    stream.write(chunk)
                    progress(done)
                stream.flush()
                os.fsync(stream.fileno())
            stop.check()
            if done != package.size or found.hexdigest() != package.sha256:
                raise _not_what_was_promised(package, done)
            return _placed(unfinished, folder, package.file)
        except OSError as error:
            raise HarmonyError(
                say("The download cannot be saved"),
                cause=f"{error.filename or folder}: {error.strerror or error}",
                advice=say("Make room in this folder, or open the page of the release and download it from there."),
            ) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    @contextmanager
    def _opened(self, address: str, headers: dict[str, str], stop: Stop) -> Iterator[requests.Response]:
        """Ask, and follow redirects that nobody could have changed. Raises HarmonyError, StoppedError."""
        import requests  # noqa: PLC0415 - nothing of it is needed before somebody asks
        import urllib3  # noqa: PLC0415

        from harmony_desktop.setup.hub_session import hub_session  # noqa: PLC0415

        headers = {"User-Agent": f"harmony-desktop/{__version__}", "Accept-Encoding": "identity", **headers}
        try:
            with hub_session(address, "", stop) as session:
                response = self._answer(session, address, headers, stop)
                with response:
                    yield response
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            stop.check()
            raise _unreachable(address, error) from error

    def _answer(
        self, session: requests.Session, address: str, headers: dict[str, str], stop: Stop
    ) -> requests.Response:
        for _ in range(_REDIRECTS + 1):
            stop.check()
            response = session.get(
                address, headers=headers, stream=True, allow_redirects=False, timeout=(_CONNECT, self._silence)
            )
            if not response.is_redirect:
                return response
            target = urljoin(address, response.headers["Location"])
            response.close()
            if not is_safe(target) or (is_own(target) and not is_own(address)):
                raise HarmonyError(
                    say("The way to the release is not safe"),
                    cause=say("{host} leads to an address that others could change on the way.", host=_host(address)),
                    advice=say("Look for the release on the project’s page."),
                )
            address = target
        raise HarmonyError(
            say("The way to the release has no end"),
            cause=say("{host} sends from one address to the next.", host=_host(address)),
            advice=say("Try again later."),
        )


def _refuse(response: requests.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    host = _host(response.url)
    if status in {403, 429}:
        raise HarmonyError(
            say("{host} asks for a rest", host=host),
            cause=say(
                "It has been asked too often from your address, or lets nobody in (HTTP {status}).", status=status
            ),
            advice=say("Try again tomorrow."),
        )
    if status in {404, 410}:
        raise HarmonyError(
            say("Nothing is told of releases there any more"),
            cause=say("{host} answers with HTTP {status}.", host=host, status=status),
            advice=say("Look for a new release where you got Harmony from."),
        )
    raise HarmonyError(
        say("{host} does not tell of releases now", host=host),
        cause=say("It answers with HTTP {status}.", status=status),
        advice=say("Try again later."),
    )


def _unreachable(address: str, error: Exception) -> HarmonyError:
    import requests  # noqa: PLC0415 - loaded by now

    host = _host(address)
    if isinstance(error, requests.exceptions.SSLError):
        return HarmonyError(
            say("The connection to {host} is not safe", host=host),
            cause=say("The certificate of {host} is not to be trusted.", host=host),
            advice=say("Look at the clock of this computer, and at who stands between it and the network."),
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return HarmonyError(
            say("The proxy does not let through to {host}", host=host),
            cause=say("The variables HTTPS_PROXY and NO_PROXY say which proxy is used."),
            advice=say("Look at them, or ask who runs the proxy."),
        )
    return HarmonyError(
        say("{host} cannot be reached", host=host),
        cause=say("There is no connection, it broke, or it was silent for too long."),
        advice=say("Look at the network of this computer, and try again."),
    )


def _not_what_was_promised(package: Package, done: int) -> HarmonyError:
    cause = say("The checksum of {file} is not the one of the release. It was deleted.", file=package.file)
    if done < package.size:
        cause = say("Only a part of {file} has come. It was deleted.", file=package.file)
    return HarmonyError(
        say("The download is not what the release promises"),
        cause=cause,
        advice=say("Download it again. If that does not help, do not install it from elsewhere, and tell the project."),
    )


def _placed(unfinished: Path, folder: Path, name: str) -> Path:
    """Give a file its name; one that is there keeps it."""
    stem, dot, suffix = name.rpartition(".")
    for number in range(1, 100):
        file = folder / (name if number == 1 else f"{stem} ({number}){dot}{suffix}")
        try:
            # Reserves the name: between a look and a rename, somebody else could take it.
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        unfinished.replace(file)
        if file.suffix == ".AppImage":
            file.chmod(0o755)
        return file
    raise FileExistsError(17, "File exists", str(folder / name))


def _host(address: str) -> str:
    return urlsplit(address).hostname or address

"""A model hub over plain HTTP: what a repository holds, and files that are fetched so that nothing is lost.

``requests`` is what the Docker SDK brings anyway: it knows proxies, certificates and redirects. What the hub's own
client would add (a cache of another layout, a compiled transfer library) cannot be cancelled and weighs more than this.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harmony_desktop.control.models import (
    HubChoice,
    HubError,
    HubFile,
    ModelsPlace,
    Phase,
    Progress,
    Repository,
)
from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.setup.gguf import GgufError, is_later_part, parts, quantisation_in, read_facts
from harmony_desktop.setup.hub_address import HubAddress, parse
from harmony_desktop.setup.hub_faults import PassingError, broken_listing, damaged, refused, unreachable
from harmony_desktop.setup.hub_token import TokenFile
from harmony_desktop.setup.model_files import (
    PART,
    PIECE,
    alone,
    publish,
    require_folder,
    require_new,
    require_room,
    safe_name,
    telling,
)
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    import requests

#: The usual hub, and the variable by which its own client is led to another one.
ENDPOINT = "https://huggingface.co"
VARIABLE = "HF_ENDPOINT"
#: Seconds for opening a connection, and without a byte.
_CONNECT, _SILENCE = 10.0, 20.0
#: Seconds of rest before each new try after a connection broke; bytes that came meanwhile begin the count anew.
RESTS = (1.0, 3.0, 8.0, 15.0)
#: Bytes that are taken off the line at once: few, so that little is lost when it breaks.
_PIECE = 2**15
_LISTING_LIMIT = 32 * 2**20
_FILES_LIMIT = 20_000
#: What of a repository is no model to talk with.
_NO_MODELS = ("mmproj", "imatrix")
_AGENT = "harmony-desktop"


@dataclass(slots=True)
class HttpHub:
    """Implements ``control.models.Hub``.

    Attributes:
        environ: The environment of this program.
        tokens: Keeps the token.
        rests: Seconds of rest before each new try.
    """

    environ: Mapping[str, str]
    tokens: TokenFile
    rests: tuple[float, ...] = RESTS

    @property
    def endpoint(self) -> str:
        """The address of the hub."""
        return (self.environ.get(VARIABLE, "").strip() or ENDPOINT).rstrip("/")

    def has_token(self) -> bool:
        """Whether there is a token."""
        return bool(self.tokens.token())

    def keep_token(self, token: str) -> None:
        """Keep a token for this user alone; "" forgets it. Raises HarmonyError."""
        self.tokens.keep(token)

    def repository(self, address: str, stop: Stop) -> Repository:
        """Return what there is under a name or an address. Raises HubError and StoppedError."""
        wanted = parse(address, self.endpoint)
        url = f"{self.endpoint}/api/models/{wanted.repository}/revision/{quote(wanted.revision, safe='')}?blobs=true"
        with self._session_for(stop) as session, self._asked(session, url, stop) as response:
            _require(response, wanted.repository, self._page(wanted.repository), token=self.has_token())
            content = self._listing(response, stop)
        return self._parsed(wanted, content)

    def download(
        self, place: ModelsPlace, repository: Repository, choice: HubChoice, *, progress: Progress, stop: Stop
    ) -> str:
        """Fetch a model and return its name. Raises HarmonyError and StoppedError."""
        folder = require_folder(place)
        name = safe_name(choice.name)
        targets = [folder / part for part in parts(name)] if len(choice.files) > 1 else [folder / name]
        fetches = [
            _Fetch(self, repository, file, target, progress, stop, choice.size)
            for file, target in zip(choice.files, targets, strict=True)
        ]
        with telling(folder), contextlib.ExitStack() as held:
            for fetch in fetches:
                require_new(fetch.target)
            require_room(folder, sum(fetch.missing() for fetch in fetches))
            for fetch in fetches:
                held.callback(fetch.tidy)
                held.enter_context(alone(fetch.part))
            session = held.enter_context(self._session_for(stop))
            done = 0
            for fetch in fetches:
                done = fetch.run(session, done)
            # A model in parts appears at once, and its first part, by which it is known, last.
            for fetch in reversed(fetches):
                publish(fetch.part, fetch.target, folder)
        return name

    def url_of(self, repository: Repository, file: HubFile) -> str:
        """Return where a file of a repository is fetched."""
        revision = quote(repository.revision or "main", safe="")
        return f"{self.endpoint}/{repository.name}/resolve/{revision}/{quote(file.path)}"

    def _page(self, repository: str) -> str:
        return f"{self.endpoint}/{repository}"

    @contextlib.contextmanager
    def _session_for(self, stop: Stop) -> Iterator[requests.Session]:
        from harmony_desktop.setup.hub_session import hub_session  # noqa: PLC0415 - brings a library that few need

        stop.check()
        with hub_session(self.endpoint, self.tokens.token(), stop) as session:
            yield session

    @contextlib.contextmanager
    def _asked(self, session: requests.Session, url: str, stop: Stop, offset: int = 0) -> Iterator[requests.Response]:
        """Ask for something; the answer's body is still to come, and ends when it is stopped."""
        import requests  # noqa: PLC0415 - see above

        headers = {"Accept-Encoding": "identity", "User-Agent": _AGENT}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        try:
            response = session.get(url, headers=headers, stream=True, timeout=(_CONNECT, _SILENCE))
        except (requests.RequestException, OSError) as error:
            stop.check()
            raise unreachable(error, self.endpoint) from error
        with contextlib.closing(response):
            yield response

    def _listing(self, response: requests.Response, stop: Stop) -> dict[str, Any]:
        import requests  # noqa: PLC0415 - see above

        body = bytearray()
        try:
            for piece in response.iter_content(2**16):
                stop.check()
                body += piece
                if len(body) > _LISTING_LIMIT:
                    raise broken_listing(say("It is far too long."))
            stop.check()
            content = json.loads(body)
        except (requests.RequestException, OSError) as error:
            stop.check()
            raise unreachable(error, self.endpoint) from error
        except (ValueError, RecursionError) as error:
            raise broken_listing(say("It is not what a model hub answers.")) from error
        if not isinstance(content, dict) or not isinstance(content.get("siblings"), list):
            raise broken_listing(say("It is not what a model hub answers."))
        return content

    def _parsed(self, wanted: HubAddress, content: dict[str, Any]) -> Repository:
        files = [file for item in content["siblings"][:_FILES_LIMIT] if (file := _file(item)) is not None]
        choices = _choices(files)
        if not choices:
            raise HubError(
                say("There is no GGUF file in {name}", name=wanted.repository),
                cause=say("The model is there in another format only."),
                advice=say("Many models have a sister whose name ends in -GGUF: search the hub for it."),
                page=self._page(wanted.repository),
            )
        card, gguf = content.get("cardData"), content.get("gguf")
        licence = card.get("license") if isinstance(card, dict) else ""
        context = gguf.get("context_length") if isinstance(gguf, dict) else 0
        revision = content.get("sha")
        return Repository(
            name=wanted.repository,
            revision=revision if isinstance(revision, str) and revision.isalnum() else wanted.revision,
            licence=licence[:60] if isinstance(licence, str) else "",
            gated=content.get("gated") not in {None, False},
            choices=choices,
            asked=_asked_for(wanted.wanted, choices),
            context=context if isinstance(context, int) and not isinstance(context, bool) and context > 0 else 0,
            page=self._page(wanted.repository),
        )


@dataclass(slots=True)
class _Fetch:
    """One file on its way: what has come stands in a file whose name tells exactly what it will be."""

    hub: HttpHub
    repository: Repository
    file: HubFile
    target: Path
    progress: Progress
    stop: Stop
    total: int
    _hash: Any = field(default=None, repr=False)

    @property
    def part(self) -> Path:
        key = (self.file.sha256 or f"{self.repository.revision}-{self.file.size}")[:16]
        return self.target.with_name(f".{self.target.name}.{safe_name(key).removesuffix('.gguf')}{PART}")

    def missing(self) -> int:
        return max(0, self.file.size - self._here())

    def run(self, session: requests.Session, done: int) -> int:
        self._fetch(session, done)
        self.progress(Phase.FINISHING, done + self.file.size, self.total)
        self._verify()
        return done + self.file.size

    def tidy(self) -> None:
        """Leave nothing behind of what has not even begun."""
        with contextlib.suppress(OSError):
            if self.part.stat().st_size == 0:
                self.part.unlink()

    def _here(self) -> int:
        try:
            return self.part.stat().st_size
        except OSError:
            return 0

    def _fetch(self, session: requests.Session, done: int) -> None:
        """Fetch what is missing; go on where it ended when the connection breaks."""
        self._take_up(done)
        tries = 0
        while (here := self._here()) < self.file.size:
            try:
                self._stream(session, here, done)
                fault: HubError | None = None
            except _BrokenError as error:
                fault = error.fault
            if self._here() > here:
                tries = 0
            if self._here() >= self.file.size:
                return
            if tries >= len(self.hub.rests):
                raise fault or unreachable(None, self.hub.endpoint)
            self.progress(Phase.RETRYING, done + self._here(), self.total)
            self.stop.wait(self.hub.rests[tries])
            tries += 1

    def _take_up(self, done: int) -> None:
        """Count what came earlier."""
        self._hash = hashlib.sha256()
        if self._here() > self.file.size:
            self.part.write_bytes(b"")
        with self.part.open("rb") as stream:
            while piece := stream.read(PIECE):
                self.stop.check()
                self._hash.update(piece)
                self.progress(Phase.CHECKING, done + stream.tell(), self.total)

    def _stream(self, session: requests.Session, here: int, done: int) -> None:
        import requests  # noqa: PLC0415 - brings a library that few need

        url = self.hub.url_of(self.repository, self.file)
        try:
            with self.hub._asked(session, url, self.stop, here) as response:  # noqa: SLF001 - two halves of one thing
                if response.status_code == 416 or (here and response.status_code == 200):
                    # It cannot go on in the middle: from the beginning, then.
                    here = self._begin_anew()
                if response.status_code != 416:
                    token = self.hub.has_token()
                    _require(response, self.repository.name, self.repository.page, token=token, file=self.file.path)
                    self._write(response, here, done)
        except PassingError as error:
            raise _BrokenError(error) from error
        except (requests.RequestException, ConnectionError, TimeoutError) as error:
            self.stop.check()
            raise _BrokenError(unreachable(error, self.hub.endpoint)) from error

    def _begin_anew(self) -> int:
        self.part.write_bytes(b"")
        self._hash = hashlib.sha256()
        return 0

    def _write(self, response: requests.Response, here: int, done: int) -> None:
        with self.part.open("r+b") as stream:
            stream.seek(here)
            for piece in response.iter_content(_PIECE):
                kept = piece[: self.file.size - here]
                stream.write(kept)
                self._hash.update(kept)
                here += len(kept)
                self.progress(Phase.DOWNLOADING, done + here, self.total)
                self.stop.check()
                if len(kept) < len(piece):
                    break

    def _verify(self) -> None:
        """Keep only what the hub has promised, and what is a model. Raises HarmonyError."""
        fault: Exception | None = None
        if self.file.sha256 and self._hash.hexdigest() != self.file.sha256:
            fault = damaged(self.file.path)
        elif not is_later_part(self.target.name):
            try:
                read_facts(self.part)
            except GgufError as error:
                fault = error
        if fault is not None:
            self.part.unlink()
            raise fault


class _BrokenError(Exception):
    """The line broke; another try may help."""

    def __init__(self, fault: HubError) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _require(response: requests.Response, repository: str, page: str, *, token: bool, file: str = "") -> None:
    if response.status_code not in {200, 206}:
        raise refused(
            response.status_code,
            response.headers.get("X-Error-Code", ""),
            repository=repository,
            file=file,
            page=page,
            token=token,
        )


def _file(item: object) -> HubFile | None:
    """Return a file of a listing, if it is one that could be a model."""
    if not isinstance(item, dict):
        return None
    path, lfs = item.get("rfilename"), item.get("lfs")
    if not isinstance(path, str) or not path.lower().endswith(".gguf") or len(path) > 500:
        return None
    if any(piece in {"", ".", ".."} for piece in path.split("/")) or any(word in path.lower() for word in _NO_MODELS):
        return None
    size = item.get("size")
    sha256 = lfs.get("sha256") if isinstance(lfs, dict) else ""
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size < 2**50:
        return None
    known = isinstance(sha256, str) and len(sha256) == 64 and sha256.isalnum()
    return HubFile(path, size, str(sha256).lower() if known else "")


def _choices(files: list[HubFile]) -> tuple[HubChoice, ...]:
    """Return the models, those in parts as one; without all their parts they are none."""
    by_path = {file.path: file for file in files}
    found = []
    for file in files:
        folder, sign, name = file.path.rpartition("/")
        if is_later_part(name):
            continue
        wanted = [by_path.get(f"{folder}{sign}{part}") for part in parts(name)]
        here = tuple(part for part in wanted if part is not None)
        if len(here) == len(wanted):
            found.append(HubChoice(name, quantisation_in(name), here))
    return tuple(sorted(found, key=lambda choice: choice.size))


def _asked_for(wanted: str, choices: tuple[HubChoice, ...]) -> str:
    """Return the choice that an address named, by its path or its quantisation."""
    if not wanted:
        return ""
    for choice in choices:
        if wanted.lower() in {choice.files[0].path.lower(), choice.name.lower(), choice.quantisation.lower()}:
            return choice.name
    return ""

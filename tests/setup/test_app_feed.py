"""Releases of the panel over a real connection: what is good is taken, and nothing else, whatever a server does."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harmony_desktop.control.app_news import Remembered
from harmony_desktop.control.app_releases import Kind, Package, read_releases
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.setup.app_feed import HttpReleases
from harmony_desktop.setup.app_memory import ReleaseNotesFile
from harmony_desktop.setup.installed_as import installed_as
from harmony_desktop.stack.errors import HarmonyError

FILE = "harmony-desktop_0.5.0_amd64.deb"
CONTENT = bytes(range(256)) * 3000


def document() -> bytes:
    package = {"kind": "deb", "architecture": "x86_64", "address": FILE, "size": len(CONTENT)}
    package["sha256"] = hashlib.sha256(CONTENT).hexdigest()
    return json.dumps({"format": 1, "releases": [{"version": "0.5.0", "packages": [package]}]}).encode()


Respond = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined] # given by Site
        site.asked.append((self.path, dict(self.headers)))
        site.answers.get(self.path, missing)(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@dataclass
class Site:
    """A server that answers as a test wants."""

    address: str = ""
    answers: dict[str, Respond] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    hangs: threading.Event = field(default_factory=threading.Event)


def answer(body: bytes = b"", status: int = 200, length: int | None = None, **headers: str) -> Respond:
    def respond(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


missing = answer(b"nothing", 404)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    server.site = made  # type: ignore[attr-defined] # for the handler
    made.address = f"http://127.0.0.1:{server.server_port}/releases.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.hangs.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def feed(site: Site) -> HttpReleases:
    return HttpReleases(site.address, silence=5.0)


def package(site: Site) -> Package:
    [release] = read_releases(document(), site.address)
    [found] = release.packages
    return found


def fetch(site: Site, folder: Path, **changes: object) -> Path:
    wanted = replace(package(site), **changes)  # type: ignore[arg-type] # fields of Package
    return feed(site).download(wanted, folder, Stop(), lambda _done: None)


def test_the_document_is_fetched_and_not_again_while_it_is_the_same(site: Site) -> None:
    site.answers["/releases.json"] = answer(document(), ETag='"one"')
    first = feed(site).ask("", Stop())
    assert first.document == document()
    assert first.etag == '"one"'
    site.answers["/releases.json"] = answer(status=304)
    assert feed(site).ask(first.etag, Stop()).document is None
    [_, (_, headers)] = site.asked
    assert headers["If-None-Match"] == '"one"'
    assert headers["User-Agent"].startswith("harmony-desktop/")
    assert not {"Authorization", "Cookie"} & set(headers)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "any more"), (403, "asks for a rest"), (429, "asks for a rest"), (500, "does not tell"), (304, "not tell")],
)
def test_what_is_refused_is_told(site: Site, status: int, words: str) -> None:
    site.answers["/releases.json"] = answer(b"no", status)
    with pytest.raises(HarmonyError, match=words):
        feed(site).ask("", Stop())


def test_a_document_without_an_end_is_left(site: Site) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not site.hangs.is_set():
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            pass

    site.answers["/releases.json"] = endless
    with pytest.raises(HarmonyError, match="does not come to an end"):
        feed(site).ask("", Stop())


def hang(site: Site) -> Respond:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.wfile.flush()
        site.hangs.wait()

    return respond


def test_a_silent_server_is_given_up(site: Site) -> None:
    site.answers["/releases.json"] = hang(site)
    with pytest.raises(HarmonyError, match="cannot be reached"):
        HttpReleases(site.address, silence=0.05).ask("", Stop())


def test_without_a_network_it_says_so() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(HarmonyError, match="cannot be reached"):
            HttpReleases(f"http://127.0.0.1:{closed.getsockname()[1]}/x").ask("", Stop())


def test_a_redirect_on_the_same_ground_is_followed(site: Site) -> None:
    site.answers["/releases.json"] = answer(status=302, Location="/elsewhere")
    site.answers["/elsewhere"] = answer(document())
    assert feed(site).ask("", Stop()).document == document()


@pytest.mark.parametrize("target", ["http://example.com/releases.json", "ftp://example.com/x", "file:///etc/passwd"])
def test_a_redirect_that_others_could_change_is_not_followed(site: Site, target: str) -> None:
    site.answers["/releases.json"] = answer(status=302, Location=target)
    with pytest.raises(HarmonyError, match="is not safe"):
        feed(site).ask("", Stop())


def test_redirects_without_an_end_are_left(site: Site) -> None:
    site.answers["/releases.json"] = answer(status=302, Location="/releases.json")
    with pytest.raises(HarmonyError, match="no end"):
        feed(site).ask("", Stop())


def test_an_address_that_others_could_change_counts_as_none() -> None:
    assert not HttpReleases("http://example.com/releases.json").address


def test_a_package_is_fetched_and_checked(site: Site, tmp_path: Path) -> None:
    site.answers[f"/{FILE}"] = answer(CONTENT)
    heard: list[int] = []
    file = feed(site).download(package(site), tmp_path / "Downloads", Stop(), heard.append)
    assert file.read_bytes() == CONTENT
    assert heard[-1] == len(CONTENT)
    again = fetch(site, file.parent)
    assert again.name == "harmony-desktop_0.5.0_amd64 (2).deb"
    assert len(list(file.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("served", "changes", "words"),
    [
        (answer(CONTENT[:-1] + b"x"), {}, "checksum"),
        (answer(CONTENT), {"sha256": "0" * 64}, "checksum"),
        (answer(CONTENT + b"more"), {}, "checksum"),
        (answer(CONTENT[:-7]), {}, "Only a part"),
        (answer(CONTENT[:500], length=len(CONTENT)), {}, "broke"),
        (answer(b"gone", 404), {}, "HTTP 404"),
    ],
)
def test_what_is_not_what_was_promised_is_deleted(
    site: Site, tmp_path: Path, served: Respond, changes: dict[str, object], words: str
) -> None:
    site.answers[f"/{FILE}"] = served
    with pytest.raises(HarmonyError) as caught:
        fetch(site, tmp_path, **changes)
    assert words in caught.value.cause
    assert not list(tmp_path.iterdir())


def test_a_download_that_is_cancelled_leaves_nothing(site: Site, tmp_path: Path) -> None:
    site.answers[f"/{FILE}"] = hang(site)
    stop = Stop()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    with pytest.raises(StoppedError):
        feed(site).download(package(site), tmp_path, stop, lambda _done: None)
    timer.join()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(site: Site, tmp_path: Path) -> None:
    site.answers[f"/{FILE}"] = answer(CONTENT)
    (tmp_path / "file").write_text("")
    with pytest.raises(HarmonyError, match="cannot be saved"):
        fetch(site, tmp_path / "file")


def test_what_is_known_is_remembered_and_damage_counts_as_nothing(tmp_path: Path) -> None:
    file = ReleaseNotesFile(tmp_path / "cache" / "app-releases.json")
    assert file.load() == Remembered()
    kept = Remembered("https://example.com/r.json", 5.0, 4.0, '"e"', "{}", "0.5.0")
    file.save(kept)
    assert file.load() == kept
    for damage in (b"", b"[]", b"{", b'{"tried_at": "soon", "skipped": 7}'):
        (tmp_path / "cache" / "app-releases.json").write_bytes(damage)
        assert file.load() == Remembered()


@pytest.mark.parametrize(
    ("system", "frozen", "environ", "kind"),
    [
        ("linux", True, {}, Kind.DEB),
        ("linux", True, {"APPIMAGE": "/home/you/Harmony.AppImage"}, Kind.APPIMAGE),
        ("win32", True, {}, Kind.WINDOWS),
        ("darwin", True, {}, Kind.MACOS),
        ("linux", False, {}, Kind.WHEEL),
        ("win32", False, {}, Kind.WHEEL),
    ],
)
def test_how_this_copy_was_installed(
    tmp_path: Path, system: str, frozen: bool, environ: dict[str, str], kind: Kind
) -> None:
    found = installed_as(environ, system=system, machine="AMD64", frozen=frozen, package=tmp_path / "p", root=tmp_path)
    assert (found.kind, found.architecture) == (kind, "x86_64")
    assert installed_as(environ, machine="aarch64").architecture == "arm64"


def test_a_flatpak_and_a_checkout_bring_it_by_a_command(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    found = installed_as({}, frozen=False, package=tmp_path / "harmony_desktop", root=tmp_path)
    assert (found.kind, found.updater) == (Kind.CHECKOUT, "git pull")
    (tmp_path / ".flatpak-info").write_text("")
    found = installed_as({"FLATPAK_ID": "ai.harmony.Desktop"}, frozen=False, package=tmp_path, root=tmp_path)
    assert (found.kind, found.updater) == (Kind.FLATPAK, "flatpak update ai.harmony.Desktop")

"""Fetching models from a hub: a real server on loopback with the real one's manners, and its bad days."""

from __future__ import annotations

import hashlib
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.models import HubError, ModelsPlace, Phase, Repository
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.setup import model_files
from harmony_desktop.setup.hub import ENDPOINT, HttpHub
from harmony_desktop.setup.hub_address import parse
from harmony_desktop.setup.hub_token import TokenFile
from harmony_desktop.setup.model_files import alone
from harmony_desktop.setup.models import LocalLibrary
from harmony_desktop.stack.errors import HarmonyError

from .hub_standin import TOKEN, HubStandin, running_hub
from .making_models import LLAMA, gguf

BIG = gguf({**LLAMA, "general.file_type": 15}, numbers=200_000)
SMALL = gguf({**LLAMA, "general.file_type": 12}, numbers=100_000)
Q4, Q3 = "Little-Q4_K_M.gguf", "Little-Q3_K_M.gguf"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[HubStandin]:
    with running_hub({Q4: BIG, Q3: SMALL, "mmproj-F16.gguf": SMALL}) as running:
        yield running


@pytest.fixture
def hub(server: HubStandin, tmp_path: Path) -> HttpHub:
    return HttpHub({"HF_ENDPOINT": server.hub}, TokenFile({}, tmp_path / "config" / "hub-token"), rests=(0.0, 0.0))


@pytest.fixture
def place(tmp_path: Path) -> ModelsPlace:
    return ModelsPlace("text", "Text Generation", tmp_path / "models", None)


def fetch(hub: HttpHub, place: ModelsPlace, name: str = Q4, **options: Any) -> str:
    repository = hub.repository("maker/Little-GGUF", Stop())
    choice = next(each for each in repository.choices if each.name == name)
    told: list[tuple[Phase, int, int]] = options.pop("told", [])
    return hub.download(
        place, repository, choice, progress=lambda *each: told.append(each), stop=options.pop("stop", Stop())
    )


def left_over(place: ModelsPlace) -> list[str]:
    return sorted(file.name for file in place.folder.iterdir())


def test_a_repository_lists_its_models_and_nothing_else(hub: HttpHub) -> None:
    found = hub.repository("maker/Little-GGUF", Stop())
    assert [(each.name, each.quantisation, each.size) for each in found.choices] == [
        (Q3, "Q3_K_M", len(SMALL)),
        (Q4, "Q4_K_M", len(BIG)),
    ]
    assert (found.licence, found.context, found.gated) == ("apache-2.0", 8192, False)
    assert hub.repository(f"maker/Little-GGUF:{'q3_k_m'}", Stop()).asked == Q3


def test_a_download_is_whole_checked_and_readable(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    told: list[tuple[Phase, int, int]] = []
    assert fetch(hub, place, told=told) == Q4
    file = place.folder / Q4
    assert file.read_bytes() == BIG
    assert stat.S_IMODE(file.stat().st_mode) & 0o444 == 0o444
    assert left_over(place) == [Q4]
    assert told[-1] == (Phase.FINISHING, len(BIG), len(BIG))
    assert next(done for phase, done, _ in told if phase is Phase.DOWNLOADING) < len(BIG)
    with pytest.raises(HarmonyError, match="already"):
        fetch(hub, place)


def test_a_line_that_breaks_is_taken_up_where_it_broke(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.break_after = [100_000, 200_000, 0, 250_000]
    told: list[tuple[Phase, int, int]] = []
    fetch(hub, place, told=told)
    assert (place.folder / Q4).read_bytes() == BIG
    ranges = [asked[1] for asked in server.asked if asked[1]]
    assert ranges, "it has asked for the rest only"
    assert Phase.RETRYING in {phase for phase, *_ in told}


def test_a_line_that_keeps_breaking_ends_in_plain_words_and_keeps_what_came(
    hub: HttpHub, server: HubStandin, place: ModelsPlace
) -> None:
    server.break_after = [300_000, 0, 0, 0]
    with pytest.raises(HubError) as caught:
        fetch(hub, place)
    assert "kept" in caught.value.advice
    (part,) = left_over(place)
    assert part.endswith(".part")
    assert (place.folder / part).stat().st_size > 100_000
    server.asked.clear()
    told: list[tuple[Phase, int, int]] = []
    fetch(hub, place, told=told)
    assert (place.folder / Q4).read_bytes() == BIG
    assert any(asked[1].startswith("bytes=") for asked in server.asked)
    assert told[0][0] is Phase.CHECKING, "what came earlier counts, and is checked"


def test_what_was_left_unfinished_can_be_cleared(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.break_after = [300_000, 0, 0, 0]
    with pytest.raises(HubError):
        fetch(hub, place)
    library = LocalLibrary()
    assert library.look(place).unfinished > 100_000
    (part,) = place.folder.iterdir()
    with alone(part):
        library.clear_unfinished(place)
        assert left_over(place), "one that goes on stays"
    library.clear_unfinished(place)
    assert left_over(place) == []
    assert library.look(place).unfinished == 0


def test_a_server_without_ranges_begins_anew(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.break_after, server.no_ranges = [300_000], True
    fetch(hub, place)
    assert (place.folder / Q4).read_bytes() == BIG


def test_trouble_of_the_hub_passes(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.answers = [503, 500]
    fetch(hub, place)
    assert (place.folder / Q4).read_bytes() == BIG
    (place.folder / Q4).unlink()
    server.answers = [503] * 9
    with pytest.raises(HubError, match="has trouble"):
        fetch(hub, place)
    assert left_over(place) == []


def test_a_wrong_checksum_leaves_nothing(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.listed[Q4] = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(HubError, match="damaged"):
        fetch(hub, place)
    assert left_over(place) == []


def test_what_is_no_model_is_not_kept(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.files[Q4] = b"<!DOCTYPE html>" + bytes(1000)
    with pytest.raises(HarmonyError, match="no model"):
        fetch(hub, place)
    assert left_over(place) == []


def test_it_ends_at_once_when_stopped_and_goes_on_later(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.slow.set()
    stop = Stop()
    ended: list[BaseException] = []
    repository = hub.repository("maker/Little-GGUF", Stop())
    coming = threading.Event()

    def work() -> None:
        try:
            hub.download(place, repository, repository.choices[1], progress=lambda *_: coming.set(), stop=stop)
        except StoppedError as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert server.sending.wait(20)
    assert coming.wait(20)
    stop.set()
    thread.join(5)
    assert not thread.is_alive(), "it does not wait for the silent server"
    assert len(ended) == 1
    server.slow.clear()
    server.asked.clear()
    fetch(hub, place)
    assert (place.folder / Q4).read_bytes() == BIG
    assert any(asked[1] for asked in server.asked), "it went on where it was stopped"


def test_a_hub_that_is_silent_can_be_left_at_once(hub: HttpHub, server: HubStandin) -> None:
    server.silent.set()
    stop = Stop()
    ended: list[BaseException] = []

    def work() -> None:
        try:
            hub.repository("maker/Little-GGUF", stop)
        except StoppedError as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert server.sending.wait(20)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert len(ended) == 1


def test_the_token_goes_to_the_hub_alone(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    server.gated = True
    with pytest.raises(HubError, match="asks who takes it") as caught:
        fetch(hub, place)
    assert caught.value.wants_token
    assert caught.value.page == f"{server.hub}/maker/Little-GGUF"
    hub.keep_token(TOKEN)
    server.asked.clear()
    fetch(hub, place)
    to_hub = [signed for path, _, signed in server.asked if "/bucket/" not in path]
    to_store = [signed for path, _, signed in server.asked if "/bucket/" in path]
    assert set(to_hub) == {f"Bearer {TOKEN}"}
    assert set(to_store) == {""}


def test_the_token_is_for_its_owner_alone(tmp_path: Path) -> None:
    learned: list[str] = []
    tokens = TokenFile({"HF_TOKEN": "from-elsewhere"}, tmp_path / "c" / "hub-token", learned.append)
    assert tokens.token() == "from-elsewhere"
    tokens.keep(f"  {TOKEN}\n")
    assert stat.S_IMODE((tmp_path / "c" / "hub-token").stat().st_mode) == 0o600
    assert tokens.token() == TOKEN
    assert TOKEN in learned
    with pytest.raises(HarmonyError, match="no token"):
        tokens.keep("two words")
    tokens.keep("")
    assert not (tmp_path / "c" / "hub-token").exists()


def test_refusals_are_told_in_plain_words(hub: HttpHub, server: HubStandin, place: ModelsPlace) -> None:
    with pytest.raises(HubError, match="has no maker/Nothing") as caught:
        hub.repository("maker/Nothing", Stop())
    assert "spelling" in caught.value.advice
    server.denied = True
    hub.keep_token(TOKEN)
    with pytest.raises(HubError, match="may not fetch this model yet"):
        fetch(hub, place)
    server.denied = False
    repository = hub.repository("maker/Little-GGUF", Stop())
    del server.files[Q4]
    with pytest.raises(HubError, match="not there any more"):
        hub.download(place, repository, repository.choices[1], progress=lambda *_: None, stop=Stop())
    server.listing = b"<html>sign in to this network</html>"
    with pytest.raises(HubError, match="cannot be understood"):
        hub.repository("maker/Little-GGUF", Stop())
    server.listing = b'{"siblings": [{"rfilename": "../../evil.gguf", "size": 5}, {"rfilename": "a.safetensors"}]}'
    with pytest.raises(HubError, match="no GGUF file"):
        hub.repository("maker/Little-GGUF", Stop())


def test_offline_is_told(tmp_path: Path) -> None:
    with running_hub({}) as gone:
        endpoint = gone.hub
    hub = HttpHub({"HF_ENDPOINT": endpoint}, TokenFile({}, tmp_path / "token"), rests=())
    with pytest.raises(HubError, match="cannot be reached"):
        hub.repository("maker/Little-GGUF", Stop())


def test_a_disk_that_is_too_small_is_told_first(
    hub: HttpHub, place: ModelsPlace, server: HubStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=model_files.MARGIN + 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(HarmonyError, match="not enough room"):
        fetch(hub, place)
    assert not any("/bucket/" in path for path, *_ in server.asked)


def test_a_model_in_parts_appears_when_all_of_them_are_there(
    hub: HttpHub, server: HubStandin, place: ModelsPlace
) -> None:
    names = [f"Q8_0/Large-Q8_0-0000{n}-of-00002.gguf" for n in (1, 2)]
    server.files = {names[0]: SMALL, names[1]: BIG, "Torn-00001-of-00002.gguf": SMALL}
    repository = hub.repository("maker/Little-GGUF", Stop())
    (choice,) = repository.choices
    assert (choice.name, choice.quantisation, choice.size) == (
        "Large-Q8_0-00001-of-00002.gguf",
        "Q8_0",
        len(SMALL) + len(BIG),
    )
    hub.download(place, repository, choice, progress=lambda *_: None, stop=Stop())
    assert left_over(place) == ["Large-Q8_0-00001-of-00002.gguf", "Large-Q8_0-00002-of-00002.gguf"]


@pytest.mark.parametrize(
    ("written", "repository", "wanted"),
    [
        ("maker/Name-GGUF", "maker/Name-GGUF", ""),
        (" maker/Name-GGUF:Q4_K_M ", "maker/Name-GGUF", "Q4_K_M"),
        ("https://huggingface.co/maker/Name-GGUF", "maker/Name-GGUF", ""),
        ("huggingface.co/maker/Name-GGUF/tree/main", "maker/Name-GGUF", ""),
        ("https://huggingface.co/maker/Name/blob/main/a/b.gguf", "maker/Name", "a/b.gguf"),
        ("https://huggingface.co/maker/Name/resolve/main/b.gguf?download=true", "maker/Name", "b.gguf"),
        ("hf.co/maker/Name:Q8_0", "maker/Name", "Q8_0"),
    ],
)
def test_names_and_addresses_mean_the_same(written: str, repository: str, wanted: str) -> None:
    found = parse(written, ENDPOINT)
    assert (found.repository, found.wanted) == (repository, wanted)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "name",
        "https://example.org/maker/Name",
        "../../etc",
        "maker/../x",
        "datasets/maker/x",
        "a b/c",
        "ftp://x/y/z",
    ],
)
def test_what_names_no_model_is_refused(written: str) -> None:
    with pytest.raises(HubError):
        parse(written, ENDPOINT)


def test_nobody_but_the_caller_decides_where_files_go(hub: HttpHub, place: ModelsPlace, server: HubStandin) -> None:
    repository = Repository("maker/Little-GGUF", "main")
    server.files = {"--evil name\x1b.gguf": SMALL}
    found = hub.repository(repository.name, Stop())
    assert hub.download(place, found, found.choices[0], progress=lambda *_: None, stop=Stop()) == "evil-name.gguf"

"""Modules that wait for their first use are then what they would have been at once."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from harmony_desktop.late_modules import loaded_later

PARTS = {
    "late_one.py": "print('one')\nimport late_two\nnumber = 1\n__all__ = ['number']\n",
    "late_two.py": "number = 2\n",
    "late_broken.py": "import late_two\nlate_two.tries = getattr(late_two, 'tries', 0) + 1\n"
    "if late_two.tries < 2:\n    raise OSError('not yet')\n",
    "late_package/__init__.py": "print('package')\nfrom late_package import part\nname = 'the package'\n",
    "late_package/part.py": "name = 'a part'\n",
    "late_own_way.py": "def __getattr__(name):\n    if name == 'made':\n        return 'made up'\n"
    "    raise AttributeError(name)\n",
    "late_slow.py": "import threading\nbegun, go_on = threading.Event(), threading.Event()\n"
    "import late_two\nlate_two.events = (begun, go_on)\nbegun.set()\ngo_on.wait(30)\nlast = 'there'\n",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, text in PARTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def late(name: str) -> ModuleType:
    loaded_later(name)
    return import_module(name)


def test_a_module_is_loaded_with_the_first_thing_that_is_asked_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    module = late("late_one")
    assert module.__name__ == "late_one"
    assert module.__file__ is not None
    assert capsys.readouterr().out == ""
    assert module.number == 1
    assert capsys.readouterr().out == "one\n"
    assert type(module) is ModuleType
    assert module is sys.modules["late_one"]
    with pytest.raises(AttributeError, match=r"late_one.*nothing"):
        _ = module.nothing


def test_what_it_does_not_have_is_told_as_by_any_other() -> None:
    module = late("late_one")
    with pytest.raises(AttributeError, match=r"late_one.*nothing"):
        _ = module.nothing
    with pytest.raises(ImportError, match="nothing"):
        exec("from late_one import nothing", {})


def test_names_are_taken_from_it_one_by_one_and_all_together() -> None:
    for words, name in (("number", "late_one"), ("*", "late_two")):
        late(name)
        found: dict[str, object] = {}
        exec(f"from {name} import {words}", found)
        assert found["number"] == {"late_one": 1, "late_two": 2}[name]
    assert "number" in dir(late("late_one"))


def test_a_module_that_is_no_package_is_not_loaded_to_learn_that(capsys: pytest.CaptureFixture[str]) -> None:
    late("late_one")
    with pytest.raises(ModuleNotFoundError, match="not a package"):
        import_module("late_one.part")
    assert capsys.readouterr().out == ""


def test_looking_at_its_source_is_no_use(capsys: pytest.CaptureFixture[str]) -> None:
    # PySide does that with every module that is imported.
    assert inspect.getsource(late("late_two")) == PARTS["late_two.py"]
    assert inspect.getsource(late("late_package")) == PARTS["late_package/__init__.py"]
    assert capsys.readouterr().out == ""


def test_a_part_of_a_package_comes_without_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    package = late("late_package")
    found: dict[str, object] = {}
    exec("from late_package import part\nimport late_package.part as same", found)
    assert found["part"] is found["same"] is package.part
    assert capsys.readouterr().out == ""
    assert package.name == "the package"
    assert capsys.readouterr().out == "package\n"
    assert package.part is found["part"]


def test_a_part_that_nobody_has_imported_is_one_of_the_package_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert late("late_package").part.name == "a part"
    assert capsys.readouterr().out == ""


def test_a_module_with_a_way_of_its_own_keeps_it() -> None:
    module = late("late_own_way")
    assert module.made == "made up"
    with pytest.raises(AttributeError):
        _ = module.other


def test_one_that_fails_is_tried_again() -> None:
    module = late("late_broken")
    with pytest.raises(OSError, match="not yet"):
        _ = module.anything
    with pytest.raises(AttributeError):
        _ = module.anything
    assert type(module) is ModuleType


def test_another_thread_waits_until_it_is_there() -> None:
    module = late("late_slow")
    found: list[str] = []
    first = threading.Thread(target=lambda: found.append(module.last))
    first.start()
    two = import_module("late_two")
    while not hasattr(two, "events"):
        assert first.is_alive()
    begun, go_on = two.events
    assert begun.wait(30)
    whole: list[bool] = []
    second = threading.Thread(target=lambda: found.append(module.last))
    third = threading.Thread(target=lambda: whole.append(bool(module.begun) and "last" in vars(module)))
    for thread in (second, third):
        thread.start()
    go_on.set()
    for thread in (first, second, third):
        thread.join(30)
    assert found == ["there", "there"]
    assert whole == [True], "what is there early is not to be had before the rest"


def test_what_is_loaded_or_missing_stays_as_it_is() -> None:
    two = import_module("late_two")
    loaded_later("late_two", "late_nowhere", "sys")
    assert sys.modules["late_two"] is two
    assert "late_nowhere" not in sys.modules


@pytest.mark.parametrize("asked", ["from_env", "DockerClient", "errors.NotFound"])
def test_the_docker_sdk_is_whole_for_whoever_asks(asked: str) -> None:
    script = (
        "import sys, harmony_desktop.engine.client, docker\n"
        "assert 'docker.models' not in sys.modules, 'the panel does without'\n"
        f"print(docker.{asked}.__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (asked.rpartition(".")[2], "")


def test_a_call_does_without_them(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    image: example/a\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "harmony_desktop", "ps"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "docker.api.client" in loaded, "the call looked for the engine"
    assert not loaded & {"inspect", "ast", "idna", "zipfile", "tarfile", "bz2", "lzma", "docker.client"}

"""The code that is kept for the next call is the code that Python would load."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

from harmony_desktop import kept_code
from harmony_desktop.kept_code import KeptCode

PACKAGE = Path(__file__).parent.parent / "harmony_desktop"
#: Enough that they are kept.
COUNT = 30


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of so many modules."""
    folder = tmp_path / "kept_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("name = 'the package'\n", encoding="utf-8")
    for number in range(COUNT):
        (folder / f"part{number}.py").write_text(f"number = {number}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield folder
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "kept_package"]:
        del sys.modules[name]
    invalidate_caches()


def load(file: Path) -> KeptCode:
    """Import all modules, by what is kept where it can be."""
    forget()
    finder = KeptCode(str(file), str(file.parent))
    sys.meta_path.insert(0, finder)
    try:
        for number in range(COUNT):
            assert import_module(f"kept_package.part{number}").number == number
    finally:
        sys.meta_path.remove(finder)
    return finder


def is_kept(name: str) -> bool:
    return type(sys.modules[name].__spec__.loader).__name__ == "_SourceLoader"  # type: ignore[union-attr]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in which they are kept."""
    file = tmp_path / "kept.code"
    load(file).keep()
    assert file.is_file()
    return file


def test_modules_are_what_python_makes_of_them(file: Path, modules: Path) -> None:
    forget()
    names = ("kept_package", "kept_package.part1")
    plain = {name: dict(vars(import_module(name))) for name in names}
    load(file)
    for name in names:
        assert is_kept(name)
        kept = vars(sys.modules[name])
        for told in ("__name__", "__file__", "__cached__", "__package__", "__path__", "__doc__"):
            assert kept.get(told) == plain[name].get(told), told
        spec, before = kept["__spec__"], plain[name]["__spec__"]
        assert (spec.origin, spec.has_location, spec.parent) == (before.origin, before.has_location, before.parent)
        assert spec.loader.get_source(name) == before.loader.get_source(name)
        assert spec.loader.get_code(name) == before.loader.get_code(name)
        assert spec.loader.is_package(name) == before.loader.is_package(name)


def test_a_changed_source_is_loaded_anew(file: Path, modules: Path) -> None:
    changed = modules / "part3.py"
    changed.write_text("number = 3\nnews = 'yes'\n", encoding="utf-8")
    load(file)
    assert sys.modules["kept_package.part3"].news == "yes"
    assert not is_kept("kept_package.part3")
    assert is_kept("kept_package.part4")


def test_one_of_the_same_size_and_another_time_too(file: Path, modules: Path) -> None:
    changed = modules / "part3.py"
    before = changed.stat()
    changed.write_text("number=+3\n\n", encoding="utf-8")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    load(file)
    assert not is_kept("kept_package.part3")


def test_a_source_that_is_gone_is_not_loaded(file: Path, modules: Path) -> None:
    (modules / "part3.py").unlink()
    forget()
    sys.meta_path.insert(0, KeptCode(str(file), str(file.parent)))
    with pytest.raises(ModuleNotFoundError):
        import_module("kept_package.part3")


def test_a_few_more_do_not_write_it_again(file: Path, modules: Path) -> None:
    before = file.stat()
    for number in range(5):
        (modules / f"part{number}.py").write_text(f"number = {number}  # changed\n", encoding="utf-8")
    load(file).keep()
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_other_calls_have_kept_stays(file: Path, modules: Path) -> None:
    others = modules.with_name("kept_others")
    shutil.copytree(modules, others)
    finder = KeptCode(str(file), str(file.parent))
    names = [f"kept_others.part{number}" for number in range(COUNT)]
    forget()
    try:
        for name in names:
            import_module(name)
        finder.keep()
    finally:
        for name in ["kept_others", *names]:
            del sys.modules[name]
    load(file)
    assert is_kept("kept_package.part1"), "kept by the first, and not loaded by the second"
    assert KeptCode(str(file), str(file.parent)).find_spec("kept_others.part1") is not None


@pytest.mark.parametrize("cut", [0, 5, 20, 200, -1])
def test_a_broken_file_is_as_none(file: Path, cut: int) -> None:
    content = file.read_bytes()
    broken = file.with_name("broken.code")
    broken.write_bytes(content[:cut] if cut >= 0 else b"another format\n" + content[15:])
    load(broken)
    assert not is_kept("kept_package.part1")


@pytest.mark.parametrize("filler", [b"", b"\0"])
def test_code_that_the_disk_has_not_kept_is_loaded_as_ever(file: Path, filler: bytes) -> None:
    content = file.read_bytes()
    broken = file.with_name("broken.code")
    half = len(content) // 2
    broken.write_bytes(content[:half] + filler * (len(content) - half))
    load(broken)
    assert {is_kept(f"kept_package.part{number}") for number in range(COUNT)} == {True}


def test_code_for_another_python_is_as_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(sys, "version", "3.99")
        load(file)
        assert not is_kept("kept_package.part1")
    with monkeypatch.context() as other:
        other.setattr(sys, "path", [sys.path[0], "/elsewhere", *sys.path[1:]])
        load(file)
        assert not is_kept("kept_package.part1")
    load(file)
    assert is_kept("kept_package.part1")


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    load(tmp_path / "nowhere" / "kept.code").keep()
    assert not (tmp_path / "nowhere").exists()


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(file: str, *_: object) -> None:
        Path(file).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(kept_code, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path / "kept.code").keep()
    assert not list(tmp_path.glob("*.code*"))


def test_where_files_that_are_mapped_cannot_be_replaced_none_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(kept_code, "mmap", refuse)
    load(file)
    assert is_kept("kept_package.part1")


def call(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call the command line from a copy of the package, with what there is of its own compiled modules."""
    (checkout / "compose.yaml").write_text("services:\n  a:\n    image: example/a\n", encoding="utf-8")
    script = (
        "import sys\n"
        "import harmony_desktop.cli.ending as ending\n"
        "ending.end = lambda status: print('\\n', type(sys.modules['yaml'].__spec__.loader).__name__)\n"
        "sys.argv = ['harmony-desktop', 'config', '--format', 'json']\n"
        "from harmony_desktop.__main__ import main\n"
        "main()\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(checkout), **variables}
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=checkout, check=True, env=environment
    )


def test_a_call_keeps_for_the_next_one(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(PACKAGE, checkout / "harmony_desktop", ignore=shutil.ignore_patterns("__pycache__"))
    kept = checkout / "harmony_desktop" / "__pycache__"
    for variables in ({"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONPATH": str(tmp_path)}):
        assert call(checkout, **variables).stdout.endswith(" SourceFileLoader\n")
        assert not list(kept.glob("*.code"))
    first, second = call(checkout), call(checkout)
    assert first.stdout.endswith(" SourceFileLoader\n")
    assert second.stdout.endswith(" _SourceLoader\n")
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
    assert [file.name for file in kept.glob("*.code*")] == [f"kept_code.{sys.implementation.cache_tag}.code"]
    assert not first.stderr + second.stderr

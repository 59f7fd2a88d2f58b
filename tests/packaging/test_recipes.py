"""The pure parts of the recipes for Windows and macOS, and of what stands beside the packages of a release."""

from __future__ import annotations

import ast
import datetime as dt
import json
import os
import plistlib
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bundling import bill, history, licences, locked, release, windows, wine

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "packaging" / "requirements.lock").read_text("utf-8")
SCRIPT = ROOT / "packaging" / "windows" / "harmony-desktop.nsi"


def test_the_lock_for_each_system() -> None:
    for_windows, for_macos, for_linux = (locked.requirements(LOCK, name) for name in ("win32", "darwin", "linux"))
    assert "pywin32==" in for_windows
    assert "pywin32==" not in for_linux + for_macos
    assert "macholib==" in for_macos
    assert "sys_platform" not in for_windows
    for line in (for_windows + for_macos + for_linux).splitlines():
        assert re.fullmatch(r"[\w.-]+==\S+(?: --hash=sha256:[0-9a-f]{64})+", line), line


def test_a_condition_of_another_kind_is_told() -> None:
    with pytest.raises(ValueError, match="python_version"):
        locked.read("x==1 ; python_version < '3.12' \\\n    --hash=sha256:0\n")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("0.1.0", (0, 1, 0, 0)), ("1.2", (1, 2, 0, 0)), ("2.0.0-rc.1", (2, 0, 0, 0)), ("1.2.3.4+x", (1, 2, 3, 4))],
)
def test_a_version_as_windows_has_it(version: str, numbers: tuple[int, ...]) -> None:
    assert windows.quad(version) == numbers


def test_what_windows_tells_of_the_programs_can_be_read() -> None:
    text = windows.version_resource("0.1.0")
    calls = {
        node.func.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and hasattr(node.func, "id")
    }
    assert calls == {
        *("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct"),
        *("VarFileInfo", "VarStruct"),
    }
    assert "StringStruct('FileDescription', 'Harmony')" in text


def test_only_windows_makes_an_installer_for_a_release() -> None:
    assert windows.file_name("1.0.0", "win32") == "harmony-desktop-1.0.0-windows-x86_64-setup.exe"
    assert "made-under-wine" in windows.file_name("1.0.0", "linux")


def test_the_installer_and_the_switch_in_the_settings_write_the_same_value() -> None:
    from harmony_desktop.host import autostart_windows

    text = SCRIPT.read_text("utf-8")
    for name, value in (
        ("RUN", autostart_windows.RUN),
        ("APPROVED", autostart_windows.APPROVED),
        ("RUN_NAME", autostart_windows.NAME),
    ):
        assert f'!define {name} "{value}"' in text


def test_every_text_of_the_installer_is_in_every_language() -> None:
    text = SCRIPT.read_text("utf-8")
    languages = set(re.findall(r"LANG_([A-Z]+)\}", text))
    assert languages == {name.upper() for name in re.findall(r'MUI_LANGUAGE "(\w+)"', text)}
    said = re.findall(r'^LangString (\w+) \$\{LANG_(\w+)\} "(.+)"$', text, re.MULTILINE)
    assert {(name, language) for name, language, _ in said} == {
        (name, language) for name in {name for name, *_ in said} for language in languages
    }
    used = set(re.findall(r"\$\((\w+)\)", text))
    assert used == {name for name, *_ in said}


def test_the_uninstaller_removes_whole_folders_of_its_own_alone() -> None:
    """A user may have put files beside the program; the stack's folder is not even named."""
    removed = set(re.findall(r'^\s*RMDir /r "(.+)"$', SCRIPT.read_text("utf-8"), re.MULTILINE))
    assert removed == {
        r"$INSTDIR\_internal.old",
        r"$INSTDIR\licences",
        r"$APPDATA\${FOLDER_OF_USER}",
        r"$LOCALAPPDATA\${FOLDER_OF_USER}",
    }


def test_windows_is_told_that_no_administrator_is_needed() -> None:
    manifest = ET.parse(ROOT / "packaging" / "windows" / "harmony-desktop.manifest")
    found = {element.tag.rpartition("}")[2]: element for element in manifest.iter()}
    assert found["requestedExecutionLevel"].attrib == {"level": "asInvoker", "uiAccess": "false"}
    assert found["dpiAwareness"].text == "PerMonitorV2, PerMonitor"
    assert (found["longPathAware"].text, found["activeCodePage"].text) == ("true", "UTF-8")


def test_what_wine_lacks_is_found_in_what_a_library_imports() -> None:
    told = (
        "\tDLL Name: KERNEL32.dll\n\tvma:  Hint/Ord Member-Name Bound-To\n\t100\t  1  Sleep\n\n 0 0\n\n"
        "\tDLL Name: icuuc.dll\n\tvma:  Hint/Ord Member-Name Bound-To\n\t9989e8\t  263  ucnv_open\n"
        "\t9989f4\t  225  ucnv_close\n\n 00996864\n"
    )
    names = wine.imported(told, "icuuc.dll")
    assert names == ["ucnv_open", "ucnv_close"]
    assert "void *ucnv_open(" in wine.stand_in(set(names))
    assert wine.imported(told, "other.dll") == []


def test_entitlements_of_macos_are_few() -> None:
    file = ROOT / "packaging" / "macos" / "entitlements.plist"
    assert plistlib.loads(file.read_bytes()) == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


@pytest.mark.skipif(sys.platform == "darwin", reason="there it builds")
def test_the_recipe_for_macos_says_where_it_runs() -> None:
    done = subprocess.run(
        [ROOT / "packaging" / "macos" / "build.sh"], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 2
    assert "this needs a Mac" in done.stderr


def test_the_bill_of_materials_follows_the_rules_of_cyclonedx() -> None:
    parts = list(bill.bundled(locked.read(LOCK), "win32"))
    terms = {
        "regex": "Apache-2.0 AND CNRI-Python",
        "psutil": "BSD-3-Clause",
        "pywin32": "PSF",
        "docker": "Own terms 2",
    }
    made = bill.bill("1.2.3", "win32", "x86_64", parts, terms, 1_700_000_000)
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    assert made["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    references = [component["bom-ref"] for component in made["components"]]
    assert len(set(references)) == len(references)
    assert set(made["dependencies"][0]["dependsOn"]) == set(references)
    assert {entry["ref"] for entry in made["dependencies"]} == {*references, made["metadata"]["component"]["bom-ref"]}
    for component in made["components"]:
        assert component["type"] in {"application", "framework", "library", "platform"}
        assert component["purl"].startswith("pkg:")
        for licence in component.get("licenses", ()):
            assert set(licence) == {"expression"} or set(licence["license"]) in ({"id"}, {"name"})
    by_name = {component["name"]: component for component in made["components"]}
    assert by_name["regex"]["licenses"] == [{"expression": "Apache-2.0 AND CNRI-Python"}]
    assert by_name["docker"]["licenses"] == [{"license": {"name": "Own terms 2"}}]
    assert {"pyside6-essentials", "pywin32", "Python", "pyinstaller"} <= set(by_name)
    assert not {"setuptools", "pefile"} & set(by_name)
    assert made == bill.bill("1.2.3", "win32", "x86_64", parts, terms, 1_700_000_000)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("harmony-desktop_0.1.0-1_amd64.deb", ("deb", "x86_64")),
        ("Harmony-0.1.0-x86_64.AppImage", ("appimage", "x86_64")),
        ("harmony-desktop-0.1.0-windows-x86_64-setup.exe", ("windows", "x86_64")),
        ("harmony-desktop-0.1.0-macos-arm64.dmg", ("macos", "arm64")),
        ("harmony_desktop-0.1.0-py3-none-any.whl", ("wheel", "")),
        ("harmony-desktop-0.1.0-linux-x86_64.cdx.json", None),
        ("SHA256SUMS", None),
    ],
)
def test_packages_are_known_by_their_names(name: str, meant: tuple[str, str] | None) -> None:
    assert release.package(name) == meant


def test_a_release_is_told_as_the_panel_reads_it(tmp_path: Path) -> None:
    from harmony_desktop.control.app_releases import Installed, Kind, newest_for, read_releases

    setup = tmp_path / "harmony-desktop-9.0.0-windows-x86_64-setup.exe"
    setup.write_bytes(b"program")
    newest = history.releases("## [9.0.0] - 2026-05-01\n\n- New.\n", "9.0.0", dt.date(2026, 5, 1))[0]
    told = json.dumps(release.document(newest, [setup])).encode()
    found = newest_for(
        read_releases(told, "https://example.org/latest/releases.json"), Installed("0.1.0", Kind.WINDOWS, "x86_64")
    )
    assert found is not None
    assert "New." in found.changes
    package = found.package_for(Installed("0.1.0", Kind.WINDOWS, "x86_64"))
    assert package is not None
    assert package.address == f"https://example.org/latest/{setup.name}"
    assert release.sums([setup]) == f"{package.sha256}  {setup.name}\n"


def test_what_was_made_for_tests_is_not_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / windows.file_name("1.0.0", "linux")).touch()
    monkeypatch.setattr(sys, "argv", ["release", str(tmp_path)])
    assert release.main() == 1
    assert not (tmp_path / release.SUMS).exists()


def test_licences_are_told_on_systems_that_have_none_of_their_own() -> None:
    names = [entry.name for entry in bill.bundled(locked.read(LOCK), sys.platform) if entry.name != "pyinstaller"]
    found = licences.texts(licences.parts(names), "Apache License")
    assert {"harmony-desktop.txt", "README.txt", "LGPL-3.txt", "GPL-3.txt", "Python.txt"} <= set(found)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in found["LGPL-3.txt"]
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in found["Python.txt"]

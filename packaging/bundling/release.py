"""What stands beside the packages of a release: their checksums, and the document by which the panel learns of them.

python -m bundling.release [FOLDER]     FOLDER/SHA256SUMS, FOLDER/releases.json, FOLDER/CHANGES.md
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bundling import history, staging
from bundling.history import Release

_ROOT = Path(__file__).resolve().parent.parent.parent
SUMS, DOCUMENT, CHANGES = "SHA256SUMS", "releases.json", "CHANGES.md"
#: The form of the document (control/app_releases.py).
_FORMAT = 1
_KINDS = {".deb": "deb", ".AppImage": "appimage", ".exe": "windows", ".dmg": "macos", ".whl": "wheel"}
#: How names of packages say for which processor they are.
_PROCESSORS = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_TRIALS = ("-made-under-wine.exe",)


def main() -> int:
    """Write the three files; return the exit status."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / "dist"
    trials = [file.name for file in folder.iterdir() if file.name.endswith(_TRIALS)]
    if trials:
        print(f"These are for tests, not for a release: {', '.join(trials)}", file=sys.stderr)
        return 1
    day = dt.datetime.fromtimestamp(staging.source_date(_ROOT), dt.UTC).date()
    newest = history.releases((_ROOT / "CHANGELOG.md").read_text("utf-8"), history.version(_ROOT), day)[0]
    packages = [file for file in sorted(folder.iterdir()) if package(file.name) is not None]
    (folder / DOCUMENT).write_text(json.dumps(document(newest, packages), indent=2) + "\n", "utf-8")
    (folder / CHANGES).write_text(changes(newest), "utf-8")
    (folder / SUMS).write_text(sums(file for file in sorted(folder.iterdir()) if file.name != SUMS), "utf-8")
    print((folder / SUMS).read_text("utf-8"), end="")
    return 0


def sums(files: Iterable[Path]) -> str:
    """Return checksums as ``sha256sum --check`` reads them."""
    return "".join(f"{_sha256(file)}  {file.name}\n" for file in files if file.is_file())


def package(name: str) -> tuple[str, str] | None:
    """Return what kind of package a file is and for which processor ("" for any), or None for another file."""
    kind = next((kind for suffix, kind in _KINDS.items() if name.endswith(suffix)), None)
    if kind is None:
        return None
    found = next(
        (known for word, known in _PROCESSORS.items() if re.search(rf"(?<![a-z0-9]){word}(?![a-z0-9])", name)), ""
    )
    return kind, found


def document(release: Release, packages: Iterable[Path]) -> dict[str, Any]:
    """Return the document; addresses are relative to where it is.

    Args:
        release: The release.
        packages: Its packages.
    """
    listed = []
    for file in packages:
        found = package(file.name)
        if found is not None:
            kind, processor = found
            size = file.stat().st_size
            listed.append(
                {"kind": kind, "architecture": processor, "address": file.name, "size": size, "sha256": _sha256(file)}
            )
    return {
        "format": _FORMAT,
        "releases": [
            {
                "version": release.version,
                "date": release.date.isoformat(),
                "changes": changes(release),
                "packages": listed,
            }
        ],
    }


def changes(release: Release) -> str:
    """Return what is new, in Markdown."""
    return "".join(f"- {entry}\n" for entry in release.news)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())

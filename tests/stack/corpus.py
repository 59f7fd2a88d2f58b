"""The corpus: small cases by subject, each a folder of files that both programs read.

A subject is a YAML file in ``cases/``: a list of cases with ``name`` and one of

- ``service``: keys of the one service of a project (an image is added);
- ``compose``: the text, or the content, of ``compose.yaml``;
- ``files``: texts of several files, by path;

and, where it matters, ``call`` (fields of ``official.Call``), ``fails: true`` (both programs refuse it), ``refused:``
(only this program refuses it, and why).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.stack.official import Call

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CASES = Path(__file__).with_name("cases")


@dataclass(frozen=True)
class Case:
    """One case of the corpus."""

    subject: str
    name: str
    files: Mapping[str, str]
    call: Call = field(default_factory=Call)
    fails: bool = False
    refused: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.name}"

    def write(self, folder: Path) -> Path:
        """Write the case's files into a project folder of their own; return it."""
        place = folder / "project"
        for name, text in self.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        (place / self.call.cwd).mkdir(parents=True, exist_ok=True)
        return place


def _text(content: Any) -> str:
    return content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _case(subject: str, entry: dict[str, Any]) -> Case:
    files = {name: _text(content) for name, content in entry.get("files", {}).items()}
    if "service" in entry:
        files["compose.yaml"] = _text({"services": {"a": {"image": "x"} | entry["service"]}})
    elif "compose" in entry:
        files["compose.yaml"] = _text(entry["compose"])
    call = Call(**entry.get("call", {}))
    return Case(subject, entry["name"], files, call, entry.get("fails", False), entry.get("refused", ""))


def cases() -> list[Case]:
    """All cases, by subject."""
    return [
        _case(path.stem, entry)
        for path in sorted(CASES.glob("*.yaml"))
        for entry in yaml.load(path.read_text(), Loader=_LOADER)
    ]

"""Extracts the texts of the window from the code, brings the catalogues up to date, and compiles them.

    python packaging/translations.py            extract, update the .po files, compile them
    python packaging/translations.py --check    tell what is not up to date or not complete; change nothing

What is a text is decided by where it stands (docs/translating.md): it is an argument of one of the functions of
``_CALLS``, or title, cause or advice of an error, or a text of one of the tables of ``_RECORDS``.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import io
import re
import string
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "harmony_desktop"
FOLDER = ROOT / "resources" / "translations"
SERVICES = ROOT / "compose" / "services.yml"
DOMAIN = "harmony-desktop"
LANGUAGES = ("de", "ja", "zh_CN")
#: Rooms whose texts reach the window; the command line speaks English.
ROOMS = ("stack", "plan", "control", "engine", "host", "setup", "preflight", "ui")
#: Not part of the window: states for developers.
_LEFT_OUT = "gallery"

#: Functions, and how many of their first arguments are texts.
_CALLS = {"tr": 1, "say": 1, "trn": 2, "say_number": 2}
#: Records that are tables of texts: which of their arguments are texts.
_RECORDS = {"Sign": ((1, 2, 3), ("cause", "advice", "detailed")), "_Kind": ((1, 2), ("cause", "advice"))}
_ERROR = ((0,), ("cause", "advice"))
#: Faults of our own code and of the system, which nobody translates.
_BUILTIN = frozenset(name for name in dir(builtins) if name.endswith("Error"))
#: Headers that say nothing, or change without need.
_NO_HEADERS = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Report-Msgid-Bugs-To")
_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_HEADER = "# Translations of Harmony Desktop.\n# Apache License 2.0, as the program.\n#"


class Text(NamedTuple):
    """A text as it stands in the code: the singular, and the plural or ""."""

    one: str
    many: str = ""


def texts(source: str) -> Iterator[Text]:
    """Yield the texts of a module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        if name in _CALLS and isinstance(node.func, ast.Name):
            found = [constant for argument in node.args[: _CALLS[name]] for constant in _constants(argument)]
            if len(found) == _CALLS[name] and found[0]:
                yield Text(*found)
        elif name in _RECORDS or (name.endswith("Error") and name not in _BUILTIN):
            positions, keywords = _RECORDS.get(name, _ERROR)
            arguments = [node.args[index] for index in positions if index < len(node.args)]
            arguments += [keyword.value for keyword in node.keywords if keyword.arg in keywords]
            for argument in arguments:
                yield from (Text(constant) for constant in _constants(argument) if _is_text(constant))


def template() -> Catalog:
    """Return the catalogue without translations."""
    made = Catalog(project="Harmony Desktop", version="", charset="utf-8", creation_date=_DATE, revision_date=_DATE)
    made.header_comment = _HEADER
    for room in ROOMS:
        for file in sorted((PACKAGE / room).glob("*.py")):
            if file.name.startswith(_LEFT_OUT):
                continue
            where = file.relative_to(ROOT).as_posix()
            for text in texts(file.read_text(encoding="utf-8")):
                key = (text.one, text.many) if text.many else text.one
                flags = ["python-brace-format"] if "{" in text.one else []
                made.add(key, locations=[(where, 1)], flags=flags)
    # What the shipped services are for: the window translates it where a stack says it in the same words.
    for description in re.findall(r"^ +description: (.+)$", SERVICES.read_text(encoding="utf-8"), re.MULTILINE):
        made.add(description, locations=[(SERVICES.relative_to(ROOT).as_posix(), 1)])
    return made


def read(code: str) -> Catalog:
    """Return the catalogue of a language, empty where there is none yet."""
    file = po_file(code)
    if not file.exists():
        return Catalog(locale=code)
    with file.open("rb") as opened:
        return read_po(opened, locale=code)


def po_file(code: str) -> Path:
    """Return where the translations of a language are."""
    return FOLDER / f"{code}.po"


def mo_file(code: str) -> Path:
    """Return where the compiled translations of a language are."""
    return FOLDER / code / f"{DOMAIN}.mo"


def pot_file() -> Path:
    """Return where the texts without translations are."""
    return FOLDER / f"{DOMAIN}.pot"


def updated(code: str, pot: Catalog) -> Catalog:
    """Return the catalogue of a language with the texts of the code; new ones are empty, old ones are gone."""
    catalogue = read(code)
    catalogue.update(pot, no_fuzzy_matching=True, update_header_comment=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = pot.project, ""
    catalogue.creation_date = catalogue.revision_date = _DATE
    return catalogue


def written(catalogue: Catalog) -> str:
    """Return a catalogue as the text of its file."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, include_lineno=False, sort_by_file=False, ignore_obsolete=True)
    lines = buffer.getvalue().decode("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(tuple(f'"{header}' for header in _NO_HEADERS))]
    return "\n".join(kept).rstrip("\n") + "\n"


def faults(code: str, catalogue: Catalog) -> Iterator[str]:
    """Yield what is missing or fuzzy in the translations of a language, or has other places for values."""
    for message in catalogue:
        if not message.id:
            continue
        forms = _forms(message)
        first = message.id if isinstance(message.id, str) else message.id[0]
        if not all(forms) or (message.pluralizable and len(forms) != catalogue.num_plurals):
            yield f"{code}: not translated: {first}"
        elif message.fuzzy:
            yield f"{code}: fuzzy: {first}"
        else:
            wanted = {frozenset(_places(each)) for each in _ids(message)}
            if any(frozenset(_places(form)) not in wanted for form in forms):
                yield f"{code}: other places for values than in: {first}"


def compiled(code: str) -> dict[object, object]:
    """Return what the compiled catalogue of a language says."""
    if not mo_file(code).exists():
        return {}
    with mo_file(code).open("rb") as opened:
        return content(read_mo(opened))


def content(catalogue: Catalog) -> dict[object, object]:
    """Return texts and translations of a catalogue."""
    return {_ids(message): _forms(message) for message in catalogue if message.id}


def check() -> list[str]:
    """Return everything that is not as it should be."""
    pot = template()
    found = []
    if not pot_file().exists() or pot_file().read_text(encoding="utf-8") != written(pot):
        found.append("the texts of the code have changed: run “make translations”")
    for code in LANGUAGES:
        catalogue = updated(code, pot)
        if not po_file(code).exists() or po_file(code).read_text(encoding="utf-8") != written(catalogue):
            found.append(f"{code}: the catalogue is not up to date: run “make translations”")
        found += faults(code, catalogue)
        if compiled(code) != content(catalogue):
            found.append(f"{code}: the compiled catalogue is another: run “make translations”")
    return found


def renew() -> None:
    """Bring all files up to date."""
    pot = template()
    FOLDER.mkdir(parents=True, exist_ok=True)
    pot_file().write_text(written(pot), encoding="utf-8")
    for code in LANGUAGES:
        catalogue = updated(code, pot)
        po_file(code).write_text(written(catalogue), encoding="utf-8")
        mo_file(code).parent.mkdir(exist_ok=True)
        with mo_file(code).open("wb") as opened:
            write_mo(opened, catalogue)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the literal texts that an argument can be: ``"a" if condition else "b"`` has two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _constants(value)


def _is_text(constant: str) -> bool:
    return any(character.isalpha() for character in constant)


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def _places(text: str) -> Iterable[str]:
    """Return the names of the places for values, those of the number left out: a form may do without it."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name and name != "n"]


def main() -> int:
    """Do what the command line says; return its exit status."""
    parser = argparse.ArgumentParser(description="Extract, update and compile the translations.")
    parser.add_argument("--check", action="store_true", help="change nothing, tell what is not up to date")
    if parser.parse_args().check:
        found = check()
        print("\n".join(found) or "All translations are complete and up to date.")
        return 1 if found else 0
    renew()
    missing = [fault for code in LANGUAGES for fault in faults(code, read(code))]
    print("\n".join(missing) or f"{len(template())} texts, complete in {', '.join(LANGUAGES)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

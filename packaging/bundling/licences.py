"""Who wrote what is in the bundle, and under which terms: Debian's copyright file, and the texts that go with it."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import sysconfig
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
_INSIDE = "usr/lib/harmony-desktop/_internal"
#: Licences whose texts Debian has once for all packages.
COMMON = {"Apache-2.0": "Apache-2.0", "LGPL-3": "LGPL-3", "GPL-3": "GPL-3", "GPL-2": "GPL-2", "MPL-2.0": "MPL-2.0"}
_COMMON_FOLDER = Path("/usr/share/common-licenses")
#: The same texts for packages that are made on other systems; that of Apache is the program's own.
_OWN_FOLDER = Path(__file__).resolve().parent.parent / "licences"
_NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")

_RELINKING = """\
Qt, PySide6 and Shiboken are used under the GNU Lesser General Public License, version 3. They are unchanged, and are
separate shared libraries in this folder: replace them by your own builds of the same version to run the program with
those; nothing checks or prevents it. Their sources are at https://download.qt.io/official_releases/QtForPython/ and
https://download.qt.io/official_releases/qt/ under the version that "harmony-desktop doctor --bundle FILE" tells.
"""
_QT_PARTS = """\
Qt contains works of others under permissive licences, among them HarfBuzz, FreeType, PCRE2, libpng, zlib, libjpeg and
Unicode data; https://doc.qt.io/qt-6/licenses-used-in-qt.html lists them all with their notices.
"""


@dataclass(frozen=True)
class Part:
    """A part of the bundle.

    Attributes:
        name: What it is.
        files: Where it lies in the package, or the archive of Python modules that it is in.
        holders: Whose copyright it is.
        licence: The short name, as Debian's format has it.
        text: The licence, unless Debian has it for all.
        comment: What else there is to know.
    """

    name: str
    files: str
    holders: str
    licence: str
    text: str = ""
    comment: str = ""


def parts(distributions: Iterable[str]) -> list[Part]:
    """Return all that is bundled beside the program itself.

    Args:
        distributions: The names of the Python packages in the bundle; they must be installed here.
    """
    made = [
        Part(
            "Qt, PySide6 and Shiboken",
            f"{_INSIDE}/PySide6/* {_INSIDE}/shiboken6/*",
            "The Qt Company Ltd. and other contributors",
            "LGPL-3",
            comment=_RELINKING + _QT_PARTS,
        ),
        Part("ICU", f"{_INSIDE}/PySide6/Qt/lib/libicu*", "Unicode, Inc. and others", "Unicode-3.0", text=_UNICODE),
        Part(
            "Python",
            f"{_INSIDE}/libpython* {_INSIDE}/python3* {_INSIDE}/base_library.zip",
            "Python Software Foundation",
            "PSF-2.0",
            text=_python_licence(),
        ),
        Part(
            "the loader of PyInstaller",
            "usr/lib/harmony-desktop/harmony-desktop",
            "PyInstaller Development Team, Giovanni Bajo, McMillan Enterprises, Inc.",
            "GPL-2+ with bootloader exception",
            text=_BOOTLOADER,
        ),
    ]
    return made + [_distribution(name) for name in sorted(distributions, key=str.lower) if not _is_qt(name)]


def _is_qt(name: str) -> bool:
    return name.lower().startswith(("pyside6", "shiboken6"))


def _distribution(name: str) -> Part:
    found = importlib.metadata.distribution(name)
    texts = [
        Path(str(found.locate_file(file))).read_text("utf-8")
        for file in sorted(found.files or (), key=str)
        if file.name.startswith(_NAMES) and ".dist-info" in file.parts[0]
    ]
    record = found.metadata.json
    licence = str(record.get("license_expression") or record.get("license") or "unknown")
    holders = str(record.get("author") or re.sub(r"\s*<[^>]*>", "", str(record.get("author_email") or "")) or name)
    text = "\n".join(texts) or f"As {name} says in its own record: {licence}."
    common = licence in COMMON
    return Part(
        str(record.get("name") or name),
        f"{_INSIDE}/{name.lower()}*",
        holders,
        licence if common else f"{name}-licence",
        text="" if common else text,
        comment="A package of Python.",
    )


def copyright_file(bundled: Iterable[Part], source: str) -> str:
    """Return Debian's machine-readable copyright file.

    Args:
        bundled: The parts beside the program itself.
        source: Where the program's sources are.
    """
    bundled = list(bundled)
    stanzas = [
        f"Format: {_FORMAT}\nUpstream-Name: Harmony Desktop\nSource: {source}",
        "Files: *\nCopyright: Harmony Desktop maintainers\nLicense: Apache-2.0",
    ]
    for part in bundled:
        comment = (
            f"\nComment:\n{_indented(f'{part.name}. {part.comment}')}" if part.comment else f"\nComment: {part.name}"
        )
        stanzas.append(f"Files: {part.files}\nCopyright: {part.holders}\nLicense: {part.licence}{comment}")
    stanzas += [f"License: {part.licence}\n{_indented(part.text)}" for part in bundled if part.text]
    for name in sorted({"Apache-2.0", "GPL-3", *(part.licence for part in bundled if part.licence in COMMON)}):
        where = f"On Debian systems, the full text of this licence is in {_COMMON_FOLDER / COMMON[name]}."
        stanzas.append(f"License: {name}\n{_indented(where)}")
    return "\n\n".join(stanzas) + "\n"


def texts(bundled: Iterable[Part], own: str) -> dict[str, str]:
    """Return file names and texts of all licences, for a package that is no part of a system.

    Args:
        bundled: The parts beside the program itself.
        own: The program's own licence.
    """
    found = {"harmony-desktop.txt": own, "README.txt": _RELINKING + "\n" + _QT_PARTS}
    for part in bundled:
        if part.text:
            found[re.sub(r"[^\w.-]+", "-", part.name) + ".txt"] = part.text
    # The LGPL adds to the GPL, and means nothing without it.
    for name in {"GPL-3", *(part.licence for part in bundled if part.licence in COMMON)}:
        found[f"{name}.txt"] = own if name == "Apache-2.0" else (_OWN_FOLDER / f"{name}.txt").read_text("utf-8")
    return found


def _indented(text: str) -> str:
    return "\n".join(f" {line.rstrip()}" if line.strip() else " ." for line in text.strip("\n").split("\n"))


def _python_licence() -> str:
    for file in (
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",  # on Windows
        *sorted(Path("/usr/share/doc").glob("python3.*/copyright")),
    ):
        if file.is_file():
            return file.read_text("utf-8")
    raise FileNotFoundError("Python's licence is not where it should be: LICENSE.txt in its standard library")


_BOOTLOADER = textwrap.dedent("""\
    The loader is under the GNU General Public License, version 2 or later, with this exception:

    In addition to the permissions in the GNU General Public License, the authors give you unlimited permission to link
    or embed compiled bootloader and related files into combinations with other programs, and to distribute those
    combinations without any restriction coming from the use of those files. (The General Public License restrictions do
    apply in other respects; for example, they cover modification of the files, and distribution when not linked into a
    combined executable.)

    On Debian systems, the text of the GNU General Public License is in /usr/share/common-licenses/GPL-2.
    """)
_UNICODE = textwrap.dedent("""\
    UNICODE LICENSE V3

    COPYRIGHT AND PERMISSION NOTICE

    Copyright (c) 1991-2024 Unicode, Inc.

    NOTICE TO USER: Carefully read the following legal agreement. BY DOWNLOADING, INSTALLING, COPYING OR OTHERWISE USING
    DATA FILES, AND/OR SOFTWARE, YOU UNEQUIVOCALLY ACCEPT, AND AGREE TO BE BOUND BY, ALL OF THE TERMS AND CONDITIONS OF
    THIS AGREEMENT. IF YOU DO NOT AGREE, DO NOT DOWNLOAD, INSTALL, COPY, DISTRIBUTE OR USE THE DATA FILES OR SOFTWARE.

    Permission is hereby granted, free of charge, to any person obtaining a copy of data files and any associated
    documentation (the "Data Files") or software and any associated documentation (the "Software") to deal in the Data
    Files or Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
    distribute, and/or sell copies of the Data Files or Software, and to permit persons to whom the Data Files or
    Software are furnished to do so, provided that either (a) this copyright and permission notice appear with all
    copies of the Data Files or Software, or (b) this copyright and permission notice appear in associated
    Documentation.

    THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
    NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF THIRD
    PARTY RIGHTS.

    IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL
    INDIRECT OR CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN
    AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
    PERFORMANCE OF THE DATA FILES OR SOFTWARE.

    Except as contained in this notice, the name of a copyright holder shall not be used in advertising or otherwise to
    promote the sale, use or other dealings in these Data Files or Software without prior written authorization of the
    copyright holder.
    """)

"""The zip of a report: its members masked, and a list of what each is, what is missing, and how it was masked."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from harmony_desktop import __version__
from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.masking import MASK, Masker
from harmony_desktop.preflight.part import Gathered, Kind, Member
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError

_README = f"""Report of Harmony Desktop {__version__}, made {{moment}}.

It is for whoever helps you. Nobody else gets it: it was saved on your computer, and sent nowhere.
Look through it before you hand it on: these are plain texts.

What was masked
- Values of names such as token, secret, password, api_key, key, credential, auth, cookie, session: {MASK}.
- What looks like a secret: tokens of Hugging Face, GitHub, OpenAI and others, private keys, passwords in addresses.
- Such values wherever else they turn up, also in base64, hexadecimal and as part of an address.
- Your home folder (~), your user name (<user>), this computer's name in the engine's words (<host>).
What no rule can know, a password in the middle of a sentence that a service logs for instance, is not masked.
Data, models and the content of key files are not in here.

What is in it
{{members}}
What is missing
{{missing}}"""


@dataclass(frozen=True, slots=True)
class Archive:
    """A report in memory."""

    data: bytes
    members: tuple[str, ...]
    missing: tuple[str, ...]


def pack(gathered: Iterable[Gathered], masker: Masker) -> Archive:
    """Mask everything and make the zip. May take a second: for a thread."""
    parts = tuple(gathered)
    texts = {member.name: _text(member, masker) for part in parts for member in part.members}
    titles = {member.name: masker.text(member.title) for part in parts for member in part.members}
    missing = tuple(masker.text(text) for text in _missing(parts))
    listed = [
        {"name": masker.text(name), "what": titles[name], "bytes": len(text.encode())} for name, text in texts.items()
    ]
    readme = _README.format(
        moment=time.strftime("%Y-%m-%d %H:%M %z"),
        members="".join(f"- {item['name']}: {item['what']}\n" for item in listed),
        missing="".join(f"- {item}\n" for item in missing) or "- Nothing.\n",
    )
    manifest = {"version": __version__, "members": listed, "missing": missing}
    texts = {"README.txt": readme, "manifest.json": _json(manifest), **texts}
    return Archive(_zip({masker.text(name): text for name, text in texts.items()}), tuple(texts), missing)


def check_target(file: Path, *, replace: bool) -> None:
    """Raise HarmonyError when the report cannot be written there; asked before anything is gathered."""
    if file.is_dir():
        raise HarmonyError(
            "The report needs the name of a file",
            cause=f"{file} is a folder.",
            advice=f"For instance: {file / 'harmony-report.zip'}",
        )
    if not replace and (file.exists() or file.is_symlink()):
        raise HarmonyError(
            "The report was not saved", cause=f"{file} is there already.", advice="Choose another name, or add --force."
        )
    if not file.parent.is_dir():
        raise HarmonyError(
            "The report cannot be saved there",
            cause=f"The folder {file.parent} does not exist.",
            advice="Create it, or choose another place.",
        )


def write(file: Path, data: bytes) -> None:
    """Write the zip, readable for this user alone. Raises HarmonyError."""
    try:
        write_atomic(file, data, mode=0o600)
    except OSError as error:
        raise HarmonyError(
            "The report cannot be saved there",
            cause=f"{file}: {error.strerror or error}",
            advice="Choose another place, or make room there.",
        ) from error


def _text(member: Member, masker: Masker) -> str:
    if member.kind is Kind.DATA:
        return _json(masker.data(member.content))
    return masker.text(str(member.content))


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"


def _missing(parts: Iterable[Gathered]) -> Iterable[str]:
    """Return what is missing, what has the same reason together."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        if part.fault:
            reasons.setdefault(part.fault, []).append(part.title)
    return (f"{', '.join(titles)}: {reason}" for reason, titles in reasons.items())


def _zip(texts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    now: Sequence[int] = time.localtime()[:6]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, (now[0], now[1], now[2], now[3], now[4], now[5]))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, text.encode("utf-8", "replace"))
    return stream.getvalue()

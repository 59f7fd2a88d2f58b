"""What looks like a secret, wherever it stands: known tokens, private keys, passwords in addresses. Pure.

Every pattern here and in ``secret_places`` is bounded or possessive, so that no text, however long or hostile, takes
more than time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harmony_desktop.control.secret_values import Span, is_reference

#: How tokens that are known by their beginning begin. Plain words are found ten times as fast as what follows.
_BEGINNING = re.compile(
    r"hf_|[sr]k[-_]|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox|xapp-|AKIA|ASIA|ABIA|ACCA|AIza|ya29\.|eyJ|dckr_|npm_|gsk_|r8_"
    r"|pplx-|nvapi-|whsec_|dop_v1_|shpat_|pypi-|SG\.|AGE-SECRET|[0-9]{8,10}:AA"
)
#: Letters and digits do not stand before them; an underscore or a dash may.
_SHAPE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_(?=[a-z]{0,48}[A-Z0-9]|[a-z]{24})[A-Za-z0-9]{8,}+"
    r"|sk-[A-Za-z0-9_-]{16,}+|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+"
    r"|gh[pousr]_[A-Za-z0-9]{16,}+|github_pat_[A-Za-z0-9_]{16,}+|gl[a-z]{2,5}-[A-Za-z0-9_-]{16,}+"
    r"|xox[a-z]-[A-Za-z0-9-]{8,}+|xapp-[A-Za-z0-9-]{8,}+"
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}+|AIza[A-Za-z0-9_-]{20,}+|ya29\.[A-Za-z0-9_.-]{16,}+"
    r"|eyJ[A-Za-z0-9_-]{6,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+){0,3}"
    r"|(?:dckr_pat|dckr_oat|npm|gsk|r8|pplx|nvapi|whsec|dop_v1|shpat)[_-](?=[A-Za-z]{0,48}[0-9])[A-Za-z0-9_-]{16,}+"
    r"|pypi-[A-Za-z0-9_-]{32,}+|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|AGE-SECRET-KEY-1[A-Z0-9]{20,}+"
    r"|[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}+"
    r")"
)
#: A line of a private key whose head is not here; digests have no capital letters.
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{64,}+=?")
_HOOK = re.compile(r"(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/([A-Za-z0-9/_-]{8,}+)")
_USERINFO = re.compile(r"(?<=://)([^\s/?#\"'<>@:]{0,256}+)(:[^\s/?#\"'<>]{0,512})?@")
#: A password with a slash in it, which is no port and path.
_SLASHED = re.compile(r"(?<=://)[^\s/?#\"'<>@:]{0,256}+:(?!\d{1,5}/)([^\s?#\"'<>@]{1,256}+)@")
_BEARER = re.compile(r"(?i:\bbearer)[ \t]{1,4}([A-Za-z0-9._~+/=-]{8,}+)")
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_LIMIT = 8_192
_PEM_LINE = re.compile(r"[A-Za-z0-9+/=]{16,}+")


def shaped(text: str) -> Iterator[Span]:
    """Return where secrets stand in a text by their looks; they may overlap, and come in no order."""
    yield from _tokens(text)
    if "://" in text:
        yield from _userinfo(text)
        yield from (match.span(1) for match in _HOOK.finditer(text))
    for match in _BEARER.finditer(text):
        token = match[1]
        if len(token) >= 24 or any(sign.isdigit() for sign in token):
            yield match.span(1)
    if "-----BEGIN" in text:
        yield from _private_keys(text)


def _tokens(text: str) -> Iterator[Span]:
    covered = 0
    for beginning in _BEGINNING.finditer(text):
        if beginning.start() >= covered and (match := _SHAPE.match(text, beginning.start())):
            covered = match.end()
            yield match.span()
    for match in _KEY_LINE.finditer(text):
        if match.end() - match.start() in {64, 65, 76, 77} and match[0].lower() != match[0] != match[0].upper():
            yield match.span()


def _userinfo(text: str) -> Iterator[Span]:
    """Yield passwords in addresses, and what stands alone before the @ of a web address (a token)."""
    for match in _USERINFO.finditer(text):
        if match[2] is not None:
            start, end = match.span(2)
            if end - start > 1 and not is_reference(match[2][1:]):
                yield start + 1, end
        elif text.endswith(("http://", "https://"), 0, match.start()) and match[1]:
            yield match.span(1)
    yield from (match.span(1) for match in _SLASHED.finditer(text) if not is_reference(match[1]))


def _private_keys(text: str) -> Iterator[Span]:
    position = 0
    while begin := _PEM_BEGIN.search(text, position):
        end = _PEM_END.search(text, begin.end(), begin.end() + _PEM_LIMIT)
        if end is not None:
            yield begin.start(), end.end()
            position = end.end()
            continue
        # Its end is not here: what looks like its body is hidden, up to a line that does not.
        position = begin.end()
        for line in text[position : position + _PEM_LIMIT].splitlines(keepends=True):
            body = _PEM_LINE.search(line)
            if body is not None:
                yield position + body.start(), position + len(line)
            elif position != begin.end() and line.strip():
                break
            position += len(line)

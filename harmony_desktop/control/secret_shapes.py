"""Where secrets stand in a text, told by what stands before them and by what they look like. Pure.

Every pattern is bounded or possessive, so that no text, however long or hostile, takes more than time in proportion to
its length. What only a parser could tell (YAML over several lines, escapes) is found by reading files as what they are
and masking the values wherever they turn up: see ``masking.Masker.learn_data``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from harmony_desktop.control.secret_names import is_chosen, is_secret, words_of

#: Start and end of a secret within a text.
Span: TypeAlias = tuple[int, int]

#: How tokens that are known by their beginning begin. Plain words are found ten times as fast as what follows.
_BEGINNING = re.compile(
    r"hf_|[sr]k[-_]|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox|xapp-|AKIA|ASIA|ABIA|ACCA|AIza|ya29\.|eyJ|dckr_|npm_|gsk_|r8_"
    r"|pplx-|nvapi-|whsec_|dop_v1_|shpat_|pypi-|SG\.|AGE-SECRET|[0-9]{8,10}:AA"
)
#: Letters and digits do not stand before them; an underscore or a dash may.
_SHAPE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_(?=[a-z]{0,48}[A-Z0-9])[A-Za-z0-9]{8,}+"
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
_BEARER = re.compile(r"(?i:\bbearer)[ \t]{1,4}([A-Za-z0-9._~+/=-]{8,}+)")
_CURL_USER = re.compile(r"\bcurl\b[^\n]{0,300}?[ \t\"'](?:-u|--user)[\"',= \t]{1,8}([^\s\"',]{3,256}+)")
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_LIMIT = 8_192
_PEM_LINE = re.compile(r"[A-Za-z0-9+/=]{16,}+")

#: A part that every secret name has, then the rest of the name, and the sign behind it.
_PARTS = ("pass", "pwd", "pw", "secret", "token", "cred", "key", "auth", "cookie", "session", "jwt", "sig", "webhook")
#: Written out: ignoring case takes four times as long.
_PART = "|".join(form for part in (*_PARTS, "bearer") for form in (part, part.upper(), part.capitalize()))
_ASSIGNMENT = re.compile(
    rf"(?:{_PART})"
    r"[\w.\-]{0,48}+(?:\[\d{0,4}\])?(?P<close>\\{0,3}[\"'])?[ \t]{0,8}(?P<sign>=>|[=:])(?P<blank>[ \t]{0,16}+)"
)
_FLAG = re.compile(
    r"(?<![\w-])--?(?P<name>[A-Za-z][\w.\-]{1,64}+)"
    r"(?P<between>[ \t]{1,8}(?![=:])|[\"'][ \t]{0,8},\s{0,40}[\"']|[\"']?[ \t]{0,8}\r?\n[ \t]{0,80}-[ \t]{1,8}[\"']?)"
)
_NAME_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_NAME_LIMIT = 80
_OPENING = re.compile(r"\\{0,3}[\"']")
#: A value ends with its line, and after so many characters: many names in one endless line stay a matter of its length.
_DOUBLE = re.compile(r'(?:[^"\\\n]|\\[^\n]){0,16384}+')
_SINGLE = re.compile(r"(?:[^'\\\n]|\\[^\n]|''){0,16384}+")
_BARE = re.compile(r"[^\s&\"'<>`\\]{1,16384}+")
_LINE = re.compile(r"[^\n\r]{0,16384}+")
_SCHEME = re.compile(r"(?i:bearer|basic|token|digest|negotiate|apikey)[ \t]{1,8}")
_BLOCK_SIGN = re.compile(r"[|>][-+0-9]{0,2}[ \t]{0,80}(?:#[^\n]{0,200})?(?=\r?\n|$)")
#: Variables without braces have names in capitals: a password may begin with a dollar.
_REFERENCE = re.compile(r"\$\$?(?:[A-Z_][A-Z0-9_]{1,128}+(?![a-z])|\{\w{1,128}+(?P<operator>:?[-+?])?)")
_DEFAULT = re.compile(r"\$\{(\w{1,128}+):?[-+]([^}\s\"']{1,512}+)")
_LINE_START = re.compile(r"[ \t]{0,200}(?:- {1,20}|export[ \t]{1,20}|-e[ \t]{1,20}|#[ \t]{0,20})?[\"']?")
_HARMLESS = re.compile(
    r"(?i:true|false|yes|no|on|off|null|nil|none|undefined|unset|empty|missing|required|auto|string|\[\]|\{\}|~|-)?"
    r"|[*x.•…]{3,64}|<[^<>\n]{0,40}>"
)
_NUMBER = re.compile(r"[-+]?\d{1,9}(?:\.\d{0,9})?[,;)}\]]?")


def harmless(value: str, *, chosen: bool = False) -> bool:
    """Whether a value in a secret's place tells nothing: empty, a switch, a number where a machine made it.

    Args:
        value: The value, without its quotes.
        chosen: A person chose it: then a number is one to hide.
    """
    value = value.strip()
    return bool(_HARMLESS.fullmatch(value)) or (not chosen and bool(_NUMBER.fullmatch(value)))


def hidden_part(value: str) -> Span | None:
    """Return what is to hide of a value in a secret's place, None where nothing is.

    A reference to a variable (``${TOKEN}``) tells nothing; the default behind it (``${TOKEN:-abc}``) may.
    """
    reference = _REFERENCE.match(value)
    if reference is None:
        return (0, len(value))
    operator = reference["operator"]
    if operator is None or operator.endswith("?"):
        alone = reference.end() == len(value) or value[reference.end() :] == "}" or bool(operator)
        return None if alone else (reference.end(), len(value))
    end = len(value) - value.endswith("}")
    operand = value[reference.end() : end]
    return (
        None if harmless(operand, chosen=True) or _REFERENCE.fullmatch(operand.rstrip("}")) else (reference.end(), end)
    )


def spans(text: str) -> Iterator[Span]:
    """Return where secrets stand in a text; they may overlap, and come in no order."""
    yield from _shaped(text)
    if "://" in text:
        yield from _userinfo(text)
        yield from (match.span(1) for match in _HOOK.finditer(text))
    for match in _BEARER.finditer(text):
        token = match[1]
        if len(token) >= 24 or any(sign.isdigit() for sign in token):
            yield match.span(1)
    if "curl" in text:
        yield from (m.span(1) for m in _CURL_USER.finditer(text) if not m[1].startswith("$"))
    if "${" in text:
        for match in _DEFAULT.finditer(text):
            if is_secret(match[1]) and not match[2].startswith("$") and not harmless(match[2]):
                yield match.span(2)
    if "-----BEGIN" in text:
        yield from _private_keys(text)
    yield from _assigned(text)
    if "-" in text:
        yield from _flags(text)


def _shaped(text: str) -> Iterator[Span]:
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
            if end - start > 1 and not match[2].startswith(":$"):
                yield start + 1, end
        elif text.endswith(("http://", "https://"), 0, match.start()) and match[1]:
            yield match.span(1)


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


def _assigned(text: str) -> Iterator[Span]:
    covered = 0
    for match in _ASSIGNMENT.finditer(text):
        begin = match.start()
        if begin < covered:
            continue  # within a value that is hidden already
        least = max(0, begin - _NAME_LIMIT)
        while begin > least and text[begin - 1] in _NAME_SIGNS:
            begin -= 1
        end = match.start("close") if match["close"] else match.start("sign")
        name = text[begin:end].rstrip(" \t")
        if is_secret(name) and _is_assignment(text, begin, name, match):
            for span in _value(text, begin, name, match):
                yield span
                covered = span[1]


def _is_assignment(text: str, begin: int, name: str, match: re.Match[str]) -> bool:
    """Whether the sign behind a name assigns: no mount, no image's tag, no comparison."""
    following = text[match.end() : match.end() + 1]
    if text[max(0, begin - 2) : begin] == "${":
        return False  # a variable that is referred to; see _DEFAULT
    if match["sign"] != ":":
        return following != "="
    if match["close"] or match["blank"] or following in {"", "\n", "\r", '"', "'"}:
        return True
    if following in {"/", ":", "\\"} or (begin and text[begin - 1] in {"/", "\\"}):
        return False
    return is_chosen(name) or words_of(name)[-1] in {"token", "apikey"} or words_of(name)[-2:] == ("api", "key")


def _value(text: str, begin: int, name: str, match: re.Match[str]) -> Iterator[Span]:
    """Yield what is to hide behind a name and its sign."""
    position = match.end()
    line_start = text.rfind("\n", max(0, begin - 300), begin) + 1
    leads = bool(_LINE_START.fullmatch(text, max(line_start, begin - 240), begin))
    # Values with blanks: in YAML, and in env files, whose names are in capitals. A sentence may begin "token=abc was".
    leads = leads and (match["sign"] == ":" or name.isupper())
    opening = _OPENING.match(text, position)
    before = text[begin - 1 : begin] if begin else ""
    if opening:
        start = opening.end()
        end = _closing(text, start, opening[0])
    elif before in {'"', "'"} and not match["close"]:
        # The whole of "NAME=value" stands in quotes.
        start, end = position, _closing(text, position, before)
    elif block := _BLOCK_SIGN.match(text, position):
        yield from _block(text, line_start, block.end())
        return
    elif position >= len(text) or text[position] in "\r\n":
        if match["sign"] == ":" and leads:
            yield from _block(text, line_start, position, items_only=True)
        return
    elif text[position] == "[":
        start, end = position + 1, _bracket(text, position)
    elif text[position] == "{":
        return  # its own names tell
    else:
        start, end = position, _bare_end(text, position, name, leads=leads)
    scheme = _SCHEME.match(text, start, end)
    if scheme and scheme.end() < end:
        start = scheme.end()
    value = text[start:end]
    if not harmless(value, chosen=is_chosen(name)) and (part := hidden_part(value)):
        yield start + part[0], start + part[1]


def _closing(text: str, start: int, opening: str) -> int:
    """Return the end of a quoted value: before its closing quote, or the end of the line."""
    if len(opening) == 1:
        found = (_DOUBLE if opening == '"' else _SINGLE).match(text, start)
        return found.end() if found else start
    line = _LINE.match(text, start)
    line_end = line.end() if line else start
    end = text.find(opening, start, line_end)
    return line_end if end < 0 else end


def _bracket(text: str, position: int) -> int:
    end = text.find("]", position, position + 4096)
    return end if end >= 0 else min(len(text), position + 4096)


def _bare_end(text: str, position: int, name: str, *, leads: bool) -> int:
    """Return the end of a value without quotes: of the line where the name leads it, else of the word."""
    if leads or {"authorization", "cookie", "cookies"} & set(words_of(name)):
        line = _LINE.match(text, position)
        end = line.end() if line else position
        comment = text.find(" #", position, end)
        return position + len(text[position : end if comment < 0 else comment].rstrip())
    scheme = _SCHEME.match(text, position)
    bare = _BARE.match(text, scheme.end() if scheme else position)
    end = bare.end() if bare else position
    return position + len(text[position:end].rstrip(",;)}]"))


def _block(text: str, line_start: int, position: int, *, items_only: bool = False) -> Iterator[Span]:
    """Yield the lines below a name that are indented deeper (a block of YAML), or the items of its list."""
    own = _indent(text, line_start)
    newline = text.find("\n", position)
    while newline >= 0:
        start = newline + 1
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        indent = _indent(text, start)
        line = text[start + indent : end].rstrip()
        if not line:
            if newline < 0:
                return
            continue
        item = line.startswith("- ")
        if indent < own or (indent == own and not (item and items_only)):
            return
        if items_only:
            if not item or ": " in line or line.endswith(":"):
                return
            value = line[2:].strip(" \"'")
            if not harmless(value) and not value.startswith("$"):
                offset = start + indent + line.index(value, 2)
                yield offset, offset + len(value)
        else:
            yield start + indent, start + indent + len(line)


def _indent(text: str, start: int) -> int:
    end = start
    while end < len(text) and text[end] in " \t" and end - start < 400:
        end += 1
    return end - start


def _flags(text: str) -> Iterator[Span]:
    """Yield what follows a flag: ``--api-key VALUE``, also as two items of a list."""
    for match in _FLAG.finditer(text):
        name = match["name"]
        if not is_secret(name):
            continue
        start = match.end()
        opened = match["between"][-1:]
        if opened in {'"', "'"}:
            end = _closing(text, start, opened)
        elif opening := _OPENING.match(text, start):
            start = opening.end()
            end = _closing(text, start, opening[0])
        else:
            bare = _BARE.match(text, start)
            end = bare.end() if bare else start
        value = text[start:end]
        if (
            value
            and value[0] not in "-#"
            and not harmless(value, chosen=is_chosen(name))
            and (part := hidden_part(value))
        ):
            yield start + part[0], start + part[1]

"""Where secrets stand in a text, told by what stands before them: names, flags, words. Pure.

What only a parser could tell (YAML over several lines, escapes) is found by reading files as what they are and masking
the values wherever they turn up: see ``masking.Masker.learn_data``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harmony_desktop.control.secret_names import is_chosen, is_secret, words_of
from harmony_desktop.control.secret_values import Span, harmless, hidden_part, is_reference

_CURL_USER = re.compile(r"\bcurl\b[^\n]{0,300}?[ \t\"'](?:-u|--user)[\"',= \t]{1,8}([^\s\"',]{3,256}+)")
_LOGIN = re.compile(r"\b(?:sshpass|login|mysql|mysqldump)\b[^\n]{0,200}?[ \t]-p[ \t]?([^\s\"'-][^\s\"']{2,256}+)")
#: "the password is hunter22", "ENV HF_TOKEN hunter22": what is no mere word, and no mere number.
_SAID = "|".join(
    form
    for word in ("password", "passphrase", "passwd", "secret", "token", "key")
    for form in (word, word.upper(), word.capitalize())
)
_PROSE = re.compile(
    rf"(?P<word>{_SAID})(?:[ \t]{{1,4}}(?:is|was))?"
    r"[ \t]{1,4}(?=[A-Za-z\W]{0,60}\d)(?=[\d\W]{0,60}[A-Za-z])([^\s\"'<>(){}\[\],;:=%]{6,256}+)(?=$|[\s\"',;.)])"
)
_ELEMENT = re.compile(r"<([A-Za-z][\w.:-]{0,64}+)>([^<>\n]{1,512}+)</")
#: What stands before "key:" in two words.
_BEFORE_KEY = re.compile(r"(?i)\b(?:api|secret|access|private|auth|license|signing|encryption)[ \t_-]$")
#: A part that every secret name has, then the rest of the name, and the sign behind it.
_PARTS = ("pass", "pwd", "pw", "secret", "token", "cred", "key", "auth", "cookie", "session", "jwt", "sig", "webhook")
#: Written out: ignoring case takes four times as long.
_PART = "|".join(form for part in (*_PARTS, "bearer") for form in (part, part.upper(), part.capitalize()))
_ASSIGNMENT = re.compile(
    rf"(?:{_PART})"
    r"[\w.\-]{0,48}+(?:\[\d{0,4}\])?(?P<close>\\{0,3}[\"'])?[ \t]{0,8}(?P<sign>=>|[=:]|%3[AaDd])(?P<blank>[ \t]{0,16}+)"
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
_DEFAULT = re.compile(r"\$\{(\w{1,128}+):?[-+]([^}\s\"']{1,512}+)")
_LINE_START = re.compile(r"[ \t]{0,200}(?:- {1,20}|export[ \t]{1,20}|-e[ \t]{1,20}|#[ \t]{0,20})?[\"']?")


def placed(text: str) -> Iterator[Span]:
    """Return where secrets stand in a text by what stands before them; they may overlap, and come in no order."""
    yield from _assigned(text)
    if "-" in text:
        yield from _flags(text)
    if "curl" in text:
        yield from (match.span(1) for match in _CURL_USER.finditer(text) if not is_reference(match[1]))
    if "-p" in text:
        yield from (match.span(1) for match in _LOGIN.finditer(text) if not is_reference(match[1]))
    if "</" in text:
        yield from (m.span(2) for m in _ELEMENT.finditer(text) if is_secret(m[1]) and not harmless(m[2]))
    if "${" in text:
        yield from _defaults(text)
    for match in _PROSE.finditer(text):
        if match["word"].lower() != "key" or _is_two_words(text, match.start(), match["word"]):
            yield match.span(2)


def _defaults(text: str) -> Iterator[Span]:
    """Yield what a secret variable is when nobody sets it (``${TOKEN:-abc}``)."""
    for match in _DEFAULT.finditer(text):
        if is_secret(match[1]) and not is_reference(match[2]) and not harmless(match[2]):
            yield match.span(2)


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
        if (is_secret(name) or _is_two_words(text, begin, name)) and _is_assignment(text, begin, name, match):
            for span in _value(text, begin, name, match):
                yield span
                covered = span[1]


def _is_two_words(text: str, begin: int, name: str) -> bool:
    """Whether a mere "key" is the second word of "API key"."""
    return name.lower() in {"key", "keys"} and bool(_BEFORE_KEY.search(text, max(0, begin - 12), begin))


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

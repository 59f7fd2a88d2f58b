"""Which port to take in the place of one that is held. Pure."""

from __future__ import annotations

from collections.abc import Iterator

_LAST = 65535
_PRIVILEGED = 1024
#: Ports that browsers refuse to open (the "bad ports" of the Fetch standard, from 1024 up), and those of databases
#: and desktops that are likely to be wanted tomorrow.
_POOR = frozenset(
    {
        *(1433, 1521, 1719, 1720, 1723, 2049, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5900, 6000, 6379),
        *(6566, *range(6665, 6670), 6679, 6697, 10080, 27017),
    }
)


def candidates(port: int, avoided: tuple[range, ...]) -> Iterator[int]:
    """Yield ports that are sensible in the place of one, the best first; always the same for the same port.

    The neighbours come first, as they are easiest to remember; a privileged port begins where people expect it: 80 at
    8080, 443 at 8443.

    Args:
        port: The port that cannot be had.
        avoided: Ports that are not to be taken though they may be free.
    """
    first = port + 8000 if port < _PRIVILEGED else port
    offsets = [*range(10), *range(10, 100, 10), *range(100, 1000, 100), *range(1000, 10_000, 1000)]
    seen: set[int] = {port}
    for number in (*(first + offset for offset in offsets), *range(first, _LAST + 1), *range(_PRIVILEGED, first)):
        if number in seen or number > _LAST or number in _POOR or any(number in ports for ports in avoided):
            continue
        seen.add(number)
        yield number

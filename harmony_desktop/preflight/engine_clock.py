"""Whether the engine's clock agrees with this computer's."""

from __future__ import annotations

from datetime import datetime

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, hint, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: Seconds: what the way there and back may take, and from which on certificates and log times go wrong.
_TOLERATED, _WRONG = 5.0, 300.0


class EngineClock:
    """The engine's time. The virtual machine of Docker Desktop loses it while the computer sleeps."""

    id = "engine.clock"
    title = say("Clock of the engine")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare the two."""
        told = _seconds(world.answering().system_time)
        if told is None or not world.asked_at:
            raise CannotTellError(say("The engine does not tell its time."))
        away = told - world.asked_at
        if abs(away) < _TOLERATED:
            return ok(self, say("It agrees with this computer’s."))
        apart = f"{abs(away):.0f}"
        cause = (
            say("It is {seconds} seconds ahead of this computer’s.", seconds=apart)
            if away > 0
            else say("It is {seconds} seconds behind this computer’s.", seconds=apart)
        )
        advice = say(
            "Let both clocks be set by the network. After the computer has slept, a restart of Docker Desktop (or “wsl "
            "--shutdown”) sets its clock."
        )
        return fail(self, cause, advice) if abs(away) >= _WRONG else hint(self, cause, advice)


def _seconds(text: str) -> float | None:
    """Return the seconds since the epoch of RFC 3339; the engine writes nanoseconds."""
    main, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :] if rest else ""
    try:
        return datetime.fromisoformat(f"{main}.{digits[:6]:0<6}{zone}" if digits else main).timestamp()
    except ValueError:
        return None

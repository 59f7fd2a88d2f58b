"""Runs checks at the same time; none can spoil the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from harmony_desktop.control.doctor import Finding, Progress
from harmony_desktop.preflight.check import Check, unknown
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: Seconds that one check may take: a disk that has gone to sleep, or a network drive, takes some.
TIME_LIMIT = 20.0

_log = logging.getLogger(__name__)


async def run_checks(
    checks: Iterable[Check], world: World, *, limit: float = TIME_LIMIT, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Return one finding per check, in their order.

    Args:
        checks: What to ask.
        world: What they look at.
        limit: Seconds for each.
        progress: Is told how many have ended.
    """
    wanted = tuple(checks)
    done = 0

    async def counted(check: Check) -> Finding:
        nonlocal done
        finding = await _run(check, world, limit)
        done += 1
        if progress is not None:
            progress(done, len(wanted))
        return finding

    return tuple(await asyncio.gather(*(counted(check) for check in wanted)))


async def _run(check: Check, world: World, limit: float) -> Finding:
    try:
        async with asyncio.timeout(limit):
            return await check.run(world)
    except CannotTellError as error:
        return unknown(check, error.words)
    except TimeoutError:
        return unknown(check, say("There was no answer within {seconds:g} seconds.", seconds=limit))
    except Exception as error:  # noqa: BLE001 - a broken check must not hide what the others found
        _log.error("the check %s broke", check.id, exc_info=error)
        return unknown(check, say("The check itself broke: {error}.", error=repr(error)))

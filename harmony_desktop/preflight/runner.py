"""Runs checks at the same time; none can spoil the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from harmony_desktop.control.doctor import Finding
from harmony_desktop.preflight.check import Check, unknown
from harmony_desktop.preflight.world import CannotTellError, World

#: Seconds that one check may take: a disk that has gone to sleep, or a network drive, takes some.
TIME_LIMIT = 20.0

_log = logging.getLogger(__name__)


async def run_checks(checks: Iterable[Check], world: World, *, limit: float = TIME_LIMIT) -> tuple[Finding, ...]:
    """Return one finding per check, in their order.

    Args:
        checks: What to ask.
        world: What they look at.
        limit: Seconds for each.
    """
    return tuple(await asyncio.gather(*(_run(check, world, limit) for check in checks)))


async def _run(check: Check, world: World, limit: float) -> Finding:
    try:
        async with asyncio.timeout(limit):
            return await check.run(world)
    except CannotTellError as error:
        return unknown(check, str(error))
    except TimeoutError:
        return unknown(check, f"There was no answer within {limit:g} seconds.")
    except Exception as error:  # noqa: BLE001 - a broken check must not hide what the others found
        _log.error("the check %s broke", check.id, exc_info=error)
        return unknown(check, f"The check itself broke: {error!r}.")

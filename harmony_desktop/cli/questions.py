"""Questions on a terminal, each with an answer that Enter gives."""

from __future__ import annotations

import asyncio
import sys
from typing import TextIO

from harmony_desktop.stack.errors import HarmonyError


class Questions:
    """Asks, or takes the usual answers.

    Args:
        err: Where questions are written.
        yes: Take the usual answers, and ask nothing.

    Raises:
        HarmonyError: Nobody is there to ask.
    """

    def __init__(self, err: TextIO, *, yes: bool) -> None:
        self._err = err
        self._yes = yes
        if not yes and not sys.stdin.isatty():
            raise HarmonyError(
                "Nobody is there to ask",
                cause="This is not a terminal.",
                advice="Add --yes to go on without questions.",
            )

    async def text(self, question: str, usual: str) -> str:
        """Return an answer in words."""
        return await self._ask(f"{question} [{usual}] ") or usual

    async def whether(self, question: str, *, usual: bool = True) -> bool:
        """Return whether the answer is yes."""
        while True:
            answer = (await self._ask(f"{question} [{'Y/n' if usual else 'y/N'}] ")).lower()
            if answer in {"", "y", "yes", "n", "no"}:
                return usual if not answer else answer.startswith("y")

    async def choice(self, question: str, options: tuple[str, ...], usual: str) -> str:
        """Return one of several words."""
        while True:
            answer = (await self._ask(f"{question} ({', '.join(options)}) [{usual}] ")).lower() or usual
            if answer in options:
                return answer

    async def _ask(self, question: str) -> str:
        if self._yes:
            return ""
        self._err.write(question)
        self._err.flush()
        line: str = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            raise HarmonyError("Nothing was changed", cause="The input has ended.")
        return line.strip()

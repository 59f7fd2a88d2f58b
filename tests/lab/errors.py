"""What the lab says when it cannot serve."""

from __future__ import annotations


class LabUnavailableError(RuntimeError):
    """The machine lacks something that the lab needs; the text says what, and what to do about it."""


class LabError(RuntimeError):
    """A part of the lab did not do what it was told to."""

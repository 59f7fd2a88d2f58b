"""The command line's fixtures: ``doctor`` is examined as its users run it."""

from tests.cli.conftest import panel, stack_folder

__all__ = ["panel", "stack_folder"]

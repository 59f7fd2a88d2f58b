"""The command line's fixtures: held ports are met as its users meet them."""

from tests.cli.conftest import panel, stack_folder

__all__ = ["panel", "stack_folder"]

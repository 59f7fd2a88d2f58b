"""Harmony Desktop: the control panel of the Harmony.AI stack."""

__version__ = "0.1.0"

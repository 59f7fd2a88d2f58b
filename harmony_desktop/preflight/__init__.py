"""The checks: one small module per check."""

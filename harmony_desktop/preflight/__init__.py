"""The checks: one small module per check, all over the same frozen look at files, engine and machine."""

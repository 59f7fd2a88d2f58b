"""Paired measurements against the official Compose, the bare Engine API and bare Qt: ``make bench``."""

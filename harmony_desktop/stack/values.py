"""The name for what a compose file may hold anywhere."""

from __future__ import annotations

from typing import Any, TypeAlias

#: A mapping with text for keys, a list, text, a number, a boolean or None. Nothing more is known of it until it has
#: been looked at; an exact recursive type would ask for a cast at every step into a file that was checked before.
Value: TypeAlias = Any

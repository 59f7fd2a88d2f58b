"""What takes minutes runs with its own target alone: the packages are built there, and installed on clean systems."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("HARMONY_PACKAGES") else ["test_whole_way.py", "test_bundle.py"]

"""The installer for Windows is made and tried by a target of its own: it takes minutes."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("HARMONY_WINDOWS") else ["test_installer.py"]

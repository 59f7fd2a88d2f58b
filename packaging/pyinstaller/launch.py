"""What the bundle runs: the program's own entry point."""

from __future__ import annotations

import sys

from harmony_desktop.__main__ import main

sys.exit(main())

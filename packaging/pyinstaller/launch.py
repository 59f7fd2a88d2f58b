"""What the bundle runs: the program's own entry point, in the environment that the user started it with."""

from __future__ import annotations

import os
import sys

from harmony_desktop.__main__ import main
from harmony_desktop.frozen import give_back_environment

give_back_environment(os.environ)
sys.exit(main())

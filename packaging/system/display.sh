#!/bin/sh
# Says so when there is no screen to open a window on, and names the way without one.
set -eu
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ] && exit 0
[ "$(uname -s)" = Darwin ] && exit 0
echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)." >&2
echo "The same can be done without one: .venv/bin/harmony-desktop --help" >&2
exit 1

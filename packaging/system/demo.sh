#!/bin/sh
# Opens the panel on the engine that the environment names, with settings and a stack folder of its own that go away
# with it. Usage: demo.sh PYTHON
set -eu
python=$1
home=$(mktemp -d "${TMPDIR:-/tmp}/harmony-demo-home.XXXXXX")
trap 'rm -rf "$home"' EXIT
export XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache"
"$python" -m harmony_desktop setup --yes --folder "$home/Harmony"
"$python" -m harmony_desktop
"$python" -m harmony_desktop --project-directory "$home/Harmony" down --volumes

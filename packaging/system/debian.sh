#!/bin/sh
# Installs the system packages of Debian, Ubuntu and their relatives that Harmony Desktop needs.
#
#   debian.sh run     what the panel itself needs: Qt's libraries, fonts, Python
#   debian.sh test    that, and what the tests need: a Docker engine, a registry, a compiler, a virtual screen
#   debian.sh package what the packages for Linux are made with
#   debian.sh test-package that, what the tests need, and clean systems to install the package on
#   debian.sh windows what the installer for Windows is made and tried with where there is no Windows
#
# It installs what is missing and is silent when nothing is. It asks first, unless it runs as root without a terminal or
# YES=1 is set. On another system it says what to do. Exit status: 1 when they are not installed, 2 on wrong usage.
set -eu

RUN="
    libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libgssapi-krb5-2 libx11-xcb1 libxcb-cursor0 libxcb-glx0
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1
    libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libxkbcommon-x11-0
    fonts-dejavu-core fonts-noto-cjk
"
TEST="
    docker-registry busybox-static iproute2 iptables mount util-linux gcc libc6-dev
    xvfb xauth openbox xdotool imagemagick dbus-x11 trayer
    at-spi2-core gir1.2-atspi-2.0 python3-gi python3-pyatspi
    appstream desktop-file-utils fish mandoc squashfs-tools zsh
"
PACKAGE="
    binutils chrpath dpkg-dev git squashfs-tools
"
TEST_PACKAGE="
    debootstrap lintian squashfuse
"
WINDOWS="
    wine wine64 nsis gcc-mingw-w64-x86-64 binutils-mingw-w64-x86-64 git xvfb xauth openbox xdotool imagemagick
"

# Names of all installed packages, and those that they provide ("libglib2.0-0t64" provides "libglib2.0-0").
installed() {
    # shellcheck disable=SC2016 # the fields are dpkg-query's
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' | sed -n 's/^installed //p' |
        sed 's/([^)]*)//g; s/,/ /g' | tr -s ' ' '\n' | sort -u
}

missing_of() {
    present=$(installed)
    for package in "$@"; do
        printf '%s\n' "$present" | grep -Fqx "$package" || printf '%s ' "$package"
    done
}

has_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    return 1
}

# Any engine's dockerd will do; to ask for Debian's beside another vendor's would remove that.
has_dockerd() {
    command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || [ -x /usr/bin/dockerd ]
}

# The docker command comes with docker.io, or (from Debian 13 on) in a package of its own.
docker_command() {
    command -v docker >/dev/null || ! apt-cache show docker-cli >/dev/null 2>&1 || echo "docker-cli "
}

agreed() {
    [ "${YES:-}" = 1 ] && return 0
    if [ "$(id -u)" -eq 0 ] && [ ! -t 0 ]; then
        return 0
    fi
    [ -t 0 ] || { echo "debian.sh: no terminal to ask on: set YES=1 to install them" >&2; return 1; }
    printf 'Install them now? [Y/n] '
    read -r answer
    case $answer in '' | [Yy]*) return 0 ;; *) return 1 ;; esac
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

can_install() {
    # shellcheck disable=SC2086 # a list of names
    apt-get -qq --simulate --no-install-recommends install $1 >/dev/null 2>&1
}

# The tests start a Docker engine and a registry of their own when they need them. The packages' services shall neither
# start now nor, in the registry's case, ever: it would hold port 5000, which is one of the stack's.
keep_services_off() {
    case " $missing" in *" docker-registry "*)
        if command -v systemctl >/dev/null; then
            as_root systemctl mask --quiet docker-registry.service || true
        fi ;;
    esac
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
        as_root chmod 755 /usr/sbin/policy-rc.d
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'exit 1' INT TERM
    fi
}

case ${1:-} in
run) wanted=$RUN ;;
test) wanted="$RUN $TEST" ;;
package) wanted="$RUN $PACKAGE" ;;
test-package) wanted="$RUN $TEST $PACKAGE $TEST_PACKAGE" ;;
windows) wanted="$RUN $WINDOWS" ;;
*)
    echo "usage: debian.sh run|test|package|test-package|windows" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null; then
    case $1 in
    *package) what="Debian's dpkg-dev, and squashfs-tools" ;;
    windows) what="NSIS, and, unless this is Windows, wine and a mingw-w64 compiler" ;;
    run) what="Python 3.11 or newer, and Qt 6's X11 libraries (on Fedora: dnf install qt6-qtbase-gui)" ;;
    *) what="Docker's dockerd, docker-registry, a static busybox, iproute2, a C compiler, Xvfb, openbox and xdotool" ;;
    esac
    echo "This is no Debian or Ubuntu: please install $what with your system's own tools." >&2
    exit 0
fi

# shellcheck disable=SC2086 # a list of names
missing=$(missing_of $wanted)
has_python || missing="$missing$(missing_of python3 python3-venv)"
if [ "${1%-package}" = test ]; then
    has_dockerd || missing="${missing}docker.io "
    missing="$missing$(docker_command)"
fi
[ -n "$missing" ] || exit 0

echo "Harmony Desktop needs these system packages: $missing"
agreed || exit 1
if ! can_install "$missing"; then
    as_root apt-get -q update
    case "$1 $missing" in run* | package* | *docker-cli*) ;; *) missing="$missing$(docker_command)" ;; esac
fi
[ "${1%-package}" != test ] || keep_services_off
# shellcheck disable=SC2086 # a list of names
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing

#!/bin/sh
# Makes the Debian package twice from the same sources, in folders, homes, languages, time zones and under umasks that
# differ, and compares the bytes. Exit status: 1 when they differ, with a list of what does.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$here/build/twice}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory="$here" -C "$here" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

copy() {
    rm -rf "$1"
    mkdir -p "$1/sources" "$1/home"
    (cd "$here" && git -c safe.directory="$here" ls-files -z --cached --others --exclude-standard |
        xargs -0 sh -c 'for file; do [ ! -f "$file" ] || printf "%s\0" "$file"; done' sh |
        tar --null -T - -c) | tar -x -C "$1/sources"
}

copy "$work/one"
copy "$work/another place"
(cd "$work/one/sources" && umask 022 &&
    HOME=$work/one/home TZ=UTC LC_ALL=C.UTF-8 PYTHONHASHSEED=1 make deb)
(cd "$work/another place/sources" && umask 077 &&
    HOME="$work/another place/home" TZ=Asia/Tokyo LC_ALL=C PYTHONHASHSEED=2 make deb)

set -- "$work"/one/sources/dist/*.deb
first=$1
second="$work/another place/sources/dist/$(basename "$first")"
if cmp "$first" "$second"; then
    echo "The same bytes twice: $(sha256sum <"$first" | cut -c 1-64) $(basename "$first")"
    exit 0
fi
rm -rf "$work/a" "$work/b"
dpkg-deb -R "$first" "$work/a"
dpkg-deb -R "$second" "$work/b"
diff -r "$work/a" "$work/b" || true
exit 1

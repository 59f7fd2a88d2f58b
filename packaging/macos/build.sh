#!/bin/sh
# Makes the application and its disk image for macOS, for the processor of this Mac:
#
#   build.sh      dist/harmony-desktop-VERSION-macos-MACHINE.dmg
#
# Variables of the environment:
#   PACKAGE_PYTHON              a Python with packaging/requirements.lock installed ("make macos" makes one)
#   HARMONY_CODESIGN_IDENTITY   who signs ("Developer ID Application: …"); without, the signature is for this Mac alone,
#                               and other Macs' Gatekeeper asks their users to allow the program by hand
#   HARMONY_NOTARY_PROFILE      a profile of "xcrun notarytool store-credentials": the image is notarised and stapled
#
# Not run yet: there was no Mac. Its parts that do not need one are tested (tests/packaging).
set -eu

cd "$(dirname "$0")/../.."
if [ "$(uname -s)" != Darwin ]; then
    echo "build.sh: this needs a Mac (codesign, hdiutil and notarytool are Apple's)" >&2
    exit 2
fi
python=${PACKAGE_PYTHON:?names a Python with packaging/requirements.lock installed}
identity=${HARMONY_CODESIGN_IDENTITY:-}
profile=${HARMONY_NOTARY_PROFILE:-}
if [ -n "$profile" ] && [ -z "$identity" ]; then
    echo "build.sh: only what is signed with HARMONY_CODESIGN_IDENTITY can be notarised" >&2
    exit 2
fi

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' harmony_desktop/__init__.py)
machine=$(uname -m)
work=build/macos
image=dist/harmony-desktop-$version-macos-$machine.dmg
rm -rf "$work"
mkdir -p "$work/image" dist

PYTHONPATH=packaging "$python" -m bundling.macos icon "$work/harmony.icns"
HARMONY_BUNDLE_ICON=$PWD/$work/harmony.icns \
HARMONY_ENTITLEMENTS=$PWD/packaging/macos/entitlements.plist \
HARMONY_CODESIGN_IDENTITY=$identity \
PYTHONHASHSEED=0 \
    "$python" -m PyInstaller --noconfirm --clean --log-level WARN --distpath "$work/bundle" --workpath "$work/work" \
    packaging/pyinstaller/harmony-desktop.spec
app=$work/bundle/Harmony.app

# PyInstaller signs each part, from the inside out, with the hardened runtime where there is an identity. The seal over the
# whole comes last.
if [ -n "$identity" ]; then
    codesign --force --options runtime --timestamp --entitlements packaging/macos/entitlements.plist \
        --sign "$identity" "$app"
else
    codesign --force --sign - "$app"
fi
codesign --verify --deep --strict --verbose=2 "$app"

ditto "$app" "$work/image/Harmony.app"
ln -s /Applications "$work/image/Applications"
cp LICENSE "$work/image/LICENSE.txt"
rm -f "$image"
hdiutil create -quiet -volname Harmony -srcfolder "$work/image" -fs HFS+ -format UDZO "$image"
if [ -n "$identity" ]; then
    codesign --force --timestamp --sign "$identity" "$image"
fi
if [ -n "$profile" ]; then
    xcrun notarytool submit "$image" --keychain-profile "$profile" --wait
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature --verbose=2 "$image"
fi
echo "$image"

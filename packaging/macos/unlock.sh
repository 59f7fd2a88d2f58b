#!/bin/sh
# Puts a certificate and a notary's key, which a build server has as secrets, into a keychain that ends with its run:
#
#   unlock.sh     reads CERTIFICATE (.p12 in base64), CERTIFICATE_PASSWORD, IDENTITY, and NOTARY_KEY (.p8), NOTARY_KEY_ID,
#                 NOTARY_ISSUER where there are any; writes what build.sh reads to the file $GITHUB_ENV
#
# Not run yet: there was no Mac, and no certificate.
set -eu

keychain=${RUNNER_TEMP:?}/harmony.keychain-db
password=$(openssl rand -hex 24)
file=$(mktemp)
trap 'rm -f "$file"' EXIT
printf '%s' "${CERTIFICATE:?}" | base64 --decode >"$file"
security create-keychain -p "$password" "$keychain"
security set-keychain-settings -lut 21600 "$keychain"
security unlock-keychain -p "$password" "$keychain"
security import "$file" -f pkcs12 -k "$keychain" -P "${CERTIFICATE_PASSWORD:?}" -T /usr/bin/codesign
security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
# shellcheck disable=SC2046 # a list of keychains, whose paths have no blanks on a build server
security list-keychains -d user -s "$keychain" $(security list-keychains -d user | tr -d '"')
echo "HARMONY_CODESIGN_IDENTITY=${IDENTITY:?}" >>"${GITHUB_ENV:?}"
if [ -n "${NOTARY_KEY:-}" ]; then
    printf '%s' "$NOTARY_KEY" >"$file"
    xcrun notarytool store-credentials harmony --key "$file" --key-id "${NOTARY_KEY_ID:?}" --issuer "${NOTARY_ISSUER:?}"
    echo "HARMONY_NOTARY_PROFILE=harmony" >>"$GITHUB_ENV"
fi

#!/bin/sh
# Writes src/gen from proto/. Needs no network: buf compiles, ts-proto prints. The result is checked in.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
rm -rf src/gen
buf generate

# The message feast.types.Map takes the name of JavaScript's Map inside its own file; there the real one needs its full name.
value=src/gen/feast/types/Value.ts
sed -e 's/\([^.A-Za-z]\)Map<string/\1globalThis.Map<string/g' -e 's/new Map(/new globalThis.Map(/g' "$value" > "$value.tmp"
mv "$value.tmp" "$value"

#!/bin/sh
# Writes src/gen from proto/; `--check` only says whether it is up to date (exit 1). Needs no network: buf compiles, ts-proto
# prints. The result is checked in.
set -eu
case "${1:-}" in
  '' | --check) ;;
  *) echo "usage: scripts/gen.sh [--check]" >&2; exit 64 ;;
esac
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
buf generate -o "$made"

# The message feast.types.Map takes the name of JavaScript's Map inside its own file; there the real one needs its full name.
value="$made/src/gen/feast/types/Value.ts"
sed -e 's/\([^.A-Za-z]\)Map<string/\1globalThis.Map<string/g' -e 's/new Map(/new globalThis.Map(/g' "$value" > "$value.tmp"
mv "$value.tmp" "$value"

# ts-proto stops quietly at a tag that cannot be and at a field that runs past its message; protobuf's own parsers refuse both. A
# registry file that was cut or overwritten must not pass for a small one.
find "$made/src/gen" -name '*.ts' | while read -r file; do
  sed -e '/if ((tag & 7) === 4 || tag === 0) {/,/}/s/break;/throw new Error("corrupt protobuf: impossible tag");/' \
    -e 's/^\( *\)return message;$/\1if (reader.pos !== end) throw new Error("corrupt protobuf: field runs past its message");\n\1return message;/' \
    "$file" > "$file.tmp"
  mv "$file.tmp" "$file"
done

if [ "${1:-}" = --check ]; then
  diff -rq "$made/src/gen" src/gen >&2 || { echo "src/gen is out of date: run scripts/gen.sh" >&2; exit 1; }
else
  rm -rf src/gen
  cp -R "$made/src/gen" src/gen
fi

#!/bin/sh
# Writes the Python client's generated messages (clients/python/src/feast_sidecar_client/_proto) from proto/ with grpcio-tools, in a
# venv of its own, .venv-protoc. The result is checked in; the client's tests compare it with proto/.
set -eu
cd "$(dirname "$0")/.."

# Code of protobuf 4.25, as Feast itself ships: it asks for no version of protobuf's runtime, newer code refuses all but two majors.
tools=1.62.3
out=clients/python/src/feast_sidecar_client/_proto
python=.venv-protoc/bin/python

if ! "$python" -c "from importlib.metadata import version; assert version('grpcio-tools') == '$tools'" 2>/dev/null; then
  rm -rf .venv-protoc
  python3 -m venv .venv-protoc
  # grpcio-tools imports pkg_resources, which setuptools dropped later.
  "$python" -m pip install --quiet --disable-pip-version-check "grpcio-tools==$tools" "setuptools<81"
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$python" -W ignore -m grpc_tools.protoc --proto_path=proto --python_out="$made" --pyi_out="$made" \
  feast/types/Value.proto feast/serving/ServingService.proto

# Feast's package is called feast too, and its descriptors have the same names: ours live in this package and in a pool of their own.
find "$made" -name '*.py' -o -name '*.pyi' | while read -r file; do
  sed -e 's/^from feast\./from feast_sidecar_client._proto.feast./' \
    -e 's/_descriptor_pool\.Default()/POOL/' \
    -e 's/^from google\.protobuf import descriptor_pool as _descriptor_pool$/from feast_sidecar_client._proto.pool import POOL/' \
    "$file" >"$file.tmp"
  mv "$file.tmp" "$file"
done

rm -rf "$out/feast"
cp -R "$made/feast" "$out/feast"
for package in feast feast/types feast/serving; do : >"$out/$package/__init__.py"; done

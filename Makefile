# The verbs of this repository. `make help` lists them; npm's scripts hold the commands.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup build gen check venv bentoml redis h2spec h2load promtool chromium ghz-tool deploy-tools kube demo node-images test test-k8s test-node test-python test-long bench bench-micro bench-predict ghz clean
MAKEFLAGS += --no-print-directory --no-builtin-rules

STAMP := node_modules/.installed
# npm puts node_modules/.bin, and so the pinned Node, in front; here the same for what is run directly.
WITH_NODE := PATH="$(CURDIR)/node_modules/.bin:$$PATH"

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## install what package-lock.json pins, Node included
	@:

$(STAMP): package-lock.json
	@command -v npm >/dev/null || { echo "npm is not on PATH: install Node 18 or newer (any version will do to install the pinned one)" >&2; exit 1; }
# Quiet: the old Node that runs npm here is not the one that runs the packages.
	npm ci --loglevel=error
	@touch $@

build: setup ## dist/
	@npm run --silent build

gen: setup ## generated code, from proto/
	@npm run --silent gen

check: setup ## lint, types, unused code
	@npm run --silent lint
	@npm run --silent types
	@npm run --silent unused

venv: ## real Feast, in .venv
	@scripts/ensure-venv.sh

bentoml: ## real BentoML, in .venv-bentoml
	@scripts/ensure-bentoml.sh

redis: ## a redis-server on PATH
	@scripts/ensure-redis.sh

h2spec: ## the conformance tester of HTTP/2, in .tools/bin
	@scripts/ensure-h2spec.sh

ghz-tool: ## the load tester of gRPC, in .tools/bin
	@scripts/ensure-ghz.sh

h2load: ## the load tester of nghttp2, on PATH
	@scripts/ensure-h2load.sh

chromium: ## the browser that opens the status page, on PATH
	@scripts/ensure-chromium.sh

deploy-tools: ## what the manifests of deploy/ are checked with, in .tools
	@scripts/ensure-deploy-tools.sh

kube: ## a real Kubernetes API server, in .tools/bin (some ten minutes, once)
	@scripts/ensure-kube.sh

promtool: ## the checker of Prometheus rules, on PATH
	@scripts/ensure-promtool.sh

demo: build ## serve a churn repository and ask it, over gRPC and HTTP
	@$(WITH_NODE) node examples/churn/demo.ts

test: build redis venv bentoml h2spec h2load promtool chromium ghz-tool deploy-tools ## everything but the long proofs; the last line is `N passed, N failed`
# The API server is not worth ten minutes of a first run: it is tested against where it is built, and where not, that is said.
	@if scripts/ensure-kube.sh --check; then npm test --silent -- --project kube; else npm test --silent; fi

test-k8s: setup deploy-tools kube ## deploy/ against a real Kubernetes API server
	@npm run --silent test:kube

node-images: setup ## our image and two others for `make test-node`, in .tools/node-images
	@scripts/ensure-node-tools.sh
	@scripts/build-node-images.sh

test-node: setup redis kube node-images ## our image in deploy/'s pod on a real node, into docs/node-test.md (root, five minutes)
	@npm run --silent test:node

test-long: build redis venv bentoml h2spec h2load promtool chromium ghz-tool deploy-tools kube ## the long proofs
	@npm run --silent test:long

bench: build redis ## servers side by side, into bench/results (BENCH=--full for all cells, some hours)
	@$(WITH_NODE) node bench/grid.ts $(BENCH)

bench-micro: setup ## micro benchmarks (CASE=REGEX chooses)
	@$(WITH_NODE) node bench/micro.ts $(CASE)

ghz: build ## the latency gate: ghz at a fixed rate, CPU against the frozen baseline
	@scripts/ghz-gate.sh

test-python: setup venv bentoml ## the Python client and the BentoML service, a part of `make test`
	@$(WITH_NODE) vitest run --project integration test/integration/python-tests.test.ts

bench-predict: build redis bentoml ## predictions over HTTP with the sidecar and with Feast in process, into bench/results
	@scripts/ensure-bentoml.sh --with-feast
	@$(WITH_NODE) node bench/predict.ts $(BENCH)

clean: ## remove what was built (not node_modules and .venv)
	rm -rf dist coverage .demo

# Every target depends on `setup`, so that each of them alone works on a bare Debian machine with Node 20.
# Variables reach the commands: make train-m1 EPOCHS=1 DEVICE=cpu; anything else through ARGS='--lr 0.01'.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

# onnxruntime-node's install script downloads CUDA libraries, which the processor does not need.
export ONNXRUNTIME_NODE_INSTALL ?= skip

ATELIER := node dist/src/cli/main.js
TRAIN_OPTIONS := $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(BATCH_SIZE),--batch-size $(BATCH_SIZE)) \
	$(if $(SEED),--seed $(SEED)) $(if $(LR),--lr $(LR)) $(if $(DEVICE),--device $(DEVICE)) \
	$(if $(THREADS),--threads $(THREADS)) $(if $(RUN),--run $(RUN)) $(ARGS)
SOURCES := $(shell find graphs src bench experiments examples -name '*.ts' -o -name '*.json' -o -name '*.html' -o -name '*.css' 2>/dev/null) \
	tsconfig.json tsconfig.build.json vite.config.ts vite.program.config.ts scripts/build.js
# RUNS='a b' names runs, whatever their state; without it those of artifacts/runs that did not end are left out, with a word.
every-run = $(if $(RUNS),printf '%s\n' $(RUNS),$(ATELIER) runs --filter state=finished,damaged --paths) | xargs -d '\n' -r

.PHONY: help
help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

.PHONY: setup setup-tests
setup: node_modules/.installed $(if $(filter 1,$(CUDA)),node_modules/.cuda) dist/.built .setup/data ## system libraries, packages, data set, build; CUDA=1: the CUDA provider, too
setup-tests: setup .setup/tests ## what the tests need besides: Chromium, strace

# Debian packages: what canvas compiles against, a font, and the data set; for tests a browser.
.setup/system: scripts/install-system.sh
	@mkdir -p $(@D)
	bash $< user
	@touch $@

.setup/tests: scripts/install-system.sh | .setup/system
	bash $< tests
	@touch $@

node_modules/.installed: package.json package-lock.json | .setup/system
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Beside the packages, as new ones come without it.
node_modules/.cuda: scripts/install-cuda.sh node_modules/.installed
	@bash $<
	@touch $@

dist/.built: node_modules/.installed $(SOURCES)
	npm run --silent build
	@touch $@

.setup/data: dist/.built datasets/fashion-mnist.json | .setup/system
	$(ATELIER) data --quiet > /dev/null
	@touch $@

.PHONY: train-m1 train-m2
train-m1: setup ## train Model 1 for 12 epochs and evaluate its best checkpoint
train-m2: setup ## train Model 2 likewise
train-m1 train-m2: train-%:
	@run=$$($(ATELIER) train $* $(TRAIN_OPTIONS)) && $(ATELIER) evaluate "$$run"

.PHONY: eval-all
eval-all: setup ## evaluate every run in artifacts/runs
	@test -n "$(RUNS)$(wildcard artifacts/runs/*)" || { echo 'no runs in artifacts/runs: make train-m1 makes one' >&2; exit 1; }
	@$(every-run) $(ATELIER) evaluate $(ARGS)

# The activation maps that the original report shows; others: make activations ARGS='--images 0-63 --layers conv2'.
.PHONY: activations
activations: setup ## draw the activation maps of every run, into its folder
	@test -n "$(RUNS)$(wildcard artifacts/runs/*)" || { echo 'no runs in artifacts/runs: make train-m1 makes one' >&2; exit 1; }
	@$(every-run) -n1 $(ATELIER) activations $(ARGS)

.PHONY: report
report: setup ## all figures, report.md and report.html of every run, in artifacts/report
	@test -n "$(RUNS)$(wildcard artifacts/runs/*)" || { echo 'no runs in artifacts/runs: make train-m1 makes one' >&2; exit 1; }
	@$(every-run) $(ATELIER) report $(ARGS)

.PHONY: export
export: setup ## write every run in every format, to artifacts/exports
	@test -n "$(RUNS)$(wildcard artifacts/runs/*)" || { echo 'no runs in artifacts/runs: make train-m1 makes one' >&2; exit 1; }
	@$(every-run) -n1 $(ATELIER) export --format all $(ARGS)

# Speed against PyTorch and others, in artifacts/bench; less of it: make bench ARGS='--model m1 --measures step'.
.PHONY: bench
bench: setup ## speed side by side with PyTorch, TensorFlow.js and others
	@$(ATELIER) bench $(ARGS)

.PHONY: bench-peers
bench-peers: ## today's PyTorch for `make bench`, in an environment of its own
	@bash scripts/install-peers.sh

.PHONY: test
test: setup-tests ## all tests
	npm run --silent test

.PHONY: check
check: setup-tests ## types, lint, format, tests
	npm run --silent static
	npm run --silent test

# Some only, for longer: make soak CAMPAIGNS='kills pictures' MINUTES=25; what else there is: make soak ARGS=--help.
.PHONY: soak
soak: setup-tests ## campaigns too long for test: kills, failing disks, damaged files; each goes on where it stood
	@npm run --silent soak -- $(CAMPAIGNS) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

# TypeDoc takes no TypeScript 7 yet, so it has packages of its own.
docs/api/node_modules/.installed: docs/api/package.json docs/api/package-lock.json
	npm ci --prefix docs/api --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: docs
docs: node_modules/.installed docs/api/node_modules/.installed ## the reference of the library, in docs/api/html; fails where a symbol has no example
	@cd docs/api && npx --no-install typedoc --logLevel Warn
	@echo docs/api/html/index.html

.PHONY: clean
clean: ## remove everything that was built or produced, except runs and reference results
	rm -rf dist node_modules .setup coverage artifacts/graphs docs/api/node_modules docs/api/html

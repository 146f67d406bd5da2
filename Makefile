# The front door: `make` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

say = @echo "==> $(1)"

.PHONY: help setup build demo test gate check bench bench-full soak format clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Get the packages and the ONNX Runtime that the build needs; skips what is there
	@scripts/setup.sh

build: setup ## Build the programs for use, into .build/release
	$(call say,swift build -c release)
	@swift build -c release

demo: build ## Start a cluster, predict, run a batch job, kill a worker on the way, check every answer
	$(call say,scripts/demo.py)
	@python3 scripts/demo.py

# The integration tests start the programs that this same command builds, from .build/debug.
test: setup ## Build and run all tests, then the gate
	$(call say,swift test --no-parallel)
	@swift test --no-parallel
	@$(MAKE) gate

gate: setup ## Count instructions and allocations of a request; fail above Benchmarks/thresholds.json
	$(call say,scripts/gate.py)
	@python3 scripts/gate.py
	@python3 scripts/test_gate.py

check: setup ## All that must hold before a change goes in: format, layers, sizes, tests, simulator smoke
	$(call say,format)
	@scripts/check-format.sh
	$(call say,layers)
	@scripts/check-layers.sh sources
	$(call say,tidy)
	@scripts/check-tidy.sh
	$(call say,the checks themselves)
	@scripts/test-checks.sh
	@$(MAKE) test
	$(call say,linkage)
	@scripts/check-layers.sh linkage
	$(call say,simulate --seeds 200)
	@swift run simulate --seeds 200

bench: build ## Measure against bare ZeroMQ, bare loops and plain scripts, side by side, and print the ratios (minutes)
	$(call say,scripts/bench.py)
	@python3 scripts/bench.py

bench-full: build ## The same, longer and in more variants (an hour)
	$(call say,scripts/bench.py --full)
	@python3 scripts/bench.py --full

soak: build ## Kill, stall and tear under batch jobs for AUGURY_SOAK_SECONDS (600), compare with an undisturbed run
	$(call say,scripts/soak.py)
	@python3 scripts/soak.py

format: ## Format all Swift files
	@scripts/check-format.sh --fix

clean: ## Remove what was built and fetched
	rm -rf .build Benchmarks/.build .augury/onnxruntime

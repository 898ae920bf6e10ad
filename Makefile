# The commands of daily work. `make demo` and `make test` start from a bare clone: they install what is missing
# (tools/setup), build, and run. Everything made lands in build/ and .venv/.
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev configure build demo test bench bench-compile bench-quantization site wheel format lint fuzz clean

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 600
# SETUP_FLAGS=--venv-only leaves the packages alone, for systems without apt.
SETUP_FLAGS ?=

CMAKE := .venv/bin/cmake
CTEST := .venv/bin/ctest
BUILD := build/release

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

setup:
	@tools/setup $(SETUP_FLAGS)

setup-dev:
	@tools/setup --dev $(SETUP_FLAGS)

# Ninja itself configures again when a build file changes; the presets are the one input that it does not know.
$(BUILD)/build.ninja: CMakePresets.json | setup
	@$(CMAKE) --preset release --log-level=WARNING
	@touch $@

configure: setup $(BUILD)/build.ninja

build: configure ## build everything; the compiler is build/release/bin/pudu
	@$(CMAKE) --build $(BUILD) --parallel $(JOBS)

demo: configure ## compile a trained classifier and run it on an emulated Cortex-M55
	@$(CMAKE) --build $(BUILD) --parallel $(JOBS) --target pudu
	@examples/mnist/demo.sh $(BUILD)/bin/pudu build/demo

test: build ## every test, the end-to-end ones in QEMU too
	@$(CTEST) --test-dir $(BUILD) --output-on-failure --parallel $(JOBS) --no-tests=error

bench: configure ## measure the compiler and the networks it makes, compare with what is expected
	@$(CMAKE) -S . -B $(BUILD) -DPUDU_BUILD_BENCHMARKS=ON --log-level=WARNING
	@$(CMAKE) --build $(BUILD) --parallel $(JOBS) --target pudu host_bench
	@bench/run $(BUILD)

# EXECUTORCH_PYTHON=/path/to/python: with torch and executorch, whose own flow then runs side by side.
bench-compile: configure ## measure time and memory of pudu compile beside ExecuTorch's flow
	@$(CMAKE) --build $(BUILD) --parallel $(JOBS) --target pudu
	@bench/compile $(BUILD) $(if $(EXECUTORCH_PYTHON),--executorch-python $(EXECUTORCH_PYTHON))

# PHOTOS=/path/to/folder: a network trained on photographs, too (bench/quantization says what is in it).
bench-quantization: configure ## measure what each technique of the quantizer buys
	@$(CMAKE) --build $(BUILD) --parallel $(JOBS) --target pudu
	@bench/quantization $(BUILD) $(if $(PHOTOS),--photos $(PHOTOS))

site: setup ## the documentation as a site, build/site/index.html; opens offline
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

wheel: setup ## the wheel of the Python package, in build/wheels
	@tools/wheel

format: setup-dev ## clang-format every source file in place
	@tools/lint --fix-format

lint: configure setup-dev ## clang-format and clang-tidy, every finding an error
	@tools/lint --build-dir $(BUILD) --jobs $(JOBS)

fuzz: setup-dev ## run every fuzz target for FUZZ_SECONDS (600)
	@$(CMAKE) --preset fuzz --log-level=WARNING
	@$(CMAKE) --build build/fuzz --parallel $(JOBS) --target fuzzers
	@tools/fuzz build/fuzz $(FUZZ_SECONDS)

clean: ## remove what was built; .venv stays
	@rm -rf build

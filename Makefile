# The front door. CMake does the work (CMakePresets.json); this file sets up the machine and names the tasks.
#
#   make run     set up, build, simulate a world, link it, serve it on http://127.0.0.1:8080
#   make test    set up, build with sanitizers, run every test, close with the counts
#   make lint    formatting, include direction, clang build, clang-tidy
#   make bench   measure, beside the peers, in the same run
#   make fuzz    every fuzz target for FUZZ_SECONDS each (default 20)

PORT ?= 8080
FUZZ_SECONDS ?= 20
DEMO := build/demo
CACHE := $(shell command -v ccache >/dev/null 2>&1 && echo -DCMAKE_C_COMPILER_LAUNCHER=ccache)

.PHONY: help setup build run test lint bench fuzz install clean
help:
	@sed -n 's/^#   //p' Makefile

setup:
	@tools/setup.sh

build: setup
	@cmake --preset release $(CACHE) >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build build/release

run: build
	@tools/demo.sh build/release/comity $(DEMO) $(PORT)

test: setup
	@python3 tools/run_tests.py $(CACHE)

lint: setup
	@tools/lint.sh

bench: build
	@python3 bench/run.py

fuzz: setup
	@tools/fuzz.sh $(FUZZ_SECONDS)

clean:
	rm -rf build

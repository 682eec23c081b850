# Entry points; CMake builds (see CMakePresets.json). `make help` lists the targets.
.DEFAULT_GOAL := all
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
PREFIX ?= /usr/local
N ?= 1000
export JOBS PROP

.PHONY: all demo test ci prop replay mutants bench bench-instructions debug asan tsan lint \
  lint-changed format format-check docs install deps deps-build clean help

all: deps-build  ## build everything, optimized, into build/ (programs in build/bin/)
	@scripts/build.sh release

# Does not wait for the tests to be compiled; `install` and `bench` do not either.
demo: deps-build  ## see the client survive an outage, live on loopback
	@scripts/build.sh release demo_programs
	@scripts/demo.sh

test: deps-interop all  ## build and run every test
	@HOLDFAST_REQUIRE_INTEROP=1 timeout 1200 ctest --test-dir build --output-on-failure \
	  --no-tests=error -j2

ci:  ## every check that a change must pass: make ci [STEPS="test asan"]
	@.ci/run $(STEPS)

prop: all  ## run each property N times: make prop N=10000 [PROP=name]
	@scripts/prop.sh '$(N)'

replay: all  ## rerun one seed with its trace: make replay SEED=… [PROP=name]
	@scripts/prop.sh --replay '$(SEED)'

mutants: deps-build  ## break the library in known ways; a test must catch each [PART=1/2 ONLY=names]
	@python3 proptests/mutants/run.py $(if $(PART),--part $(PART)) $(ONLY)

bench: deps-build deps-bench  ## run the micro-benchmarks
	@scripts/build.sh release bench_programs
	@scripts/bench.sh

bench-instructions: deps-build deps-bench  ## instructions per request, compared with other clients
	@scripts/build.sh release bench_programs
	@scripts/bench_instructions.sh

debug: deps-build  ## build with -O0 and assertions into build-debug/
	@scripts/build.sh debug

asan: deps-build  ## build and run every test under ASan, LSan and UBSan
	@scripts/build.sh asan
	@timeout 1800 ctest --test-dir build-asan --output-on-failure --no-tests=error -j2

tsan: deps-build  ## build and run the programs with threads under ThreadSanitizer
	@scripts/tsan.sh

lint: deps-build deps-lint format-check  ## formatting and clang-tidy
	@scripts/lint.sh

lint-changed: deps-build deps-lint  ## clang-tidy over the sources that the last commits changed
	@scripts/lint.sh --changed

format: deps-format  ## format all sources in place
	@scripts/format.sh

format-check: deps-format  ## list the sources that `make format` would change
	@scripts/format.sh --check

docs: deps-docs  ## build the reference of the public headers into build/docs/html/
	@mkdir -p build/docs
	@doxygen docs/Doxyfile
	@echo 'build/docs/html/index.html'

install: deps-build  ## install library, headers and commands: make install PREFIX=/usr/local
	@scripts/build.sh release installed
	@cmake --install build --prefix '$(abspath $(PREFIX))'

deps:  ## install what is missing (apt-get), or print what to install
	@scripts/deps.sh

deps-%:
	@scripts/deps.sh $*

deps-build:
	@scripts/deps.sh build

clean:  ## remove every build folder
	@rm -rf build build-debug build-asan build-tsan build-lint build-libcxx

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*  ## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F '\t' '{ printf "  make %-20s %s\n", $$1, $$2 }'

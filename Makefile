# `make demo`: the whole flow against a simulator of the platform. `make test`: everything. `make bench`: what it costs,
# beside what people would use instead; `make bench-quick`: the same in two minutes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: demo test build lint test-rust test-python test-c test-limits test-java test-csharp test-parity wheel venv \
	simulator \
	test-platform-quick test-platforms dist-native bench bench-quick bench-peers bench-baseline clean

export PYTHON ?= python3
VENV := build/venv
TESTING := $(VENV)/bin/python

# Where Cargo builds: `make CARGO_TARGET_DIR=…`, or the environment's. Absolute, for what works in other folders.
override CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR
# What tests of every language use.
export PANDA_WATER_LIBRARY ?= $(CARGO_TARGET_DIR)/release/libpanda_water.so
export PANDA_SIMULATOR ?= $(CARGO_TARGET_DIR)/debug/panda-simulator

# As root, installs the Debian packages that are missing; else says which.
NEED := .ci/need

demo: build
	$(PYTHON) bindings/python/examples/demo.py $(PANDA_SIMULATOR)

build: simulator
	@$(NEED) cargo=cargo cc=gcc $(PYTHON)=python3
	# Cargo leaves link-time optimisation out where `lib` is built as well.
	CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none \
		cargo rustc --release --locked --lib --crate-type cdylib,staticlib -- \
		--print native-static-libs=$(CARGO_TARGET_DIR)/release/native-static-libs
	.ci/split-symbols $(CARGO_TARGET_DIR)/release/libpanda_water.so
	# The name that programs ask for.
	ln -sf libpanda_water.so $(CARGO_TARGET_DIR)/release/libpanda_water.so.1
	$(PYTHON) packaging/notices $(CARGO_TARGET_DIR)/release/THIRD-PARTY-NOTICES.txt

simulator:
	@$(NEED) cargo=cargo cc=gcc
	cargo build --package panda-simulator --locked

test: lint test-rust test-python test-c test-install test-limits test-java test-csharp test-parity \
	test-platform-quick
	@echo
	cat build/summary/*

lint: build
	@rm -rf build/summary; mkdir -p build/summary
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	.ci/licences

test-rust: build
	@$(NEED) redis-server=redis-server
	cargo test --workspace --locked
	.ci/report 1-rust "Rust" "$$(rustc --version)"

test-python: build
	bindings/python/check
	.ci/report 2-python "Python" "$$($(TESTING) --version)"

test-c: build
	bindings/c/check
	.ci/report 3-c "C" "$$(gcc --version | head -1)"
	.ci/report 4-cpp "C++" "$$(g++ --version | head -1)"

# Instructions, size and memory, which a slow machine does not change.
test-limits: build venv
	@$(NEED) gcc=gcc valgrind=valgrind strip=binutils
	$(MAKE) --silent -C benches limits
	cd benches
	../$(VENV)/bin/ruff check --config ruff.toml
	../$(VENV)/bin/ruff format --config ruff.toml --check
	../$(VENV)/bin/mypy --strict --ignore-missing-imports .
	../$(TESTING) -m pytest -q
	cd ..
	.ci/report 8-limits "Limits" "$$(valgrind --version)"

test-java: build
	bindings/java/check
	.ci/report 5-java "Java" "$$(java -version 2>&1 | head -1)"

test-csharp: build
	bindings/csharp/check
	.ci/report 6-csharp "C#" "$$(mono --version | head -1 | cut -d'(' -f1)"
	.ci/report 7-csharp "C#" "CoreCLR 8"

# All languages against the header and each other, and the ten lines of each; after the wrappers, some of which it uses.
test-parity: build venv
	$(VENV)/bin/ruff check --config benches/ruff.toml tests/parity
	$(VENV)/bin/ruff format --config benches/ruff.toml --check tests/parity
	MYPYPATH=bindings/python:bindings/python/tests $(VENV)/bin/mypy --strict --config-file bindings/python/pyproject.toml \
		tests/parity
	$(TESTING) -m pytest -q tests/parity

# Native files for other systems, see packaging/README.md: built quickly, and run.
test-platform-quick: venv simulator
	$(VENV)/bin/ruff check --config benches/ruff.toml packaging/verify
	$(VENV)/bin/ruff format --config benches/ruff.toml --check packaging/verify
	$(VENV)/bin/mypy --strict --scripts-are-modules packaging/verify
	packaging/verify --quick linux-x64 linux-arm64 win-x64
	.ci/report 9-platforms "Systems" "glibc 2.17 on x86-64 and ARM64, Windows"

NATIVE := $(shell awk '!/^\#/ && NF { print $$1 }' packaging/targets)

# As they are given away: an hour and more where nothing was built before.
test-platforms: simulator
	packaging/verify $(NATIVE)

dist-native: test-platforms
	packaging/archive $(NATIVE)

bench: bench-peers
	$(PYTHON) benches/run.py

bench-quick: bench-peers
	$(PYTHON) benches/run.py --quick

bench-peers: build
	@$(NEED) curl-config=libcurl4-openssl-dev javac=openjdk-17-jdk-headless mvn=maven mcs=mono-mcs mono=mono-runtime \
		curl=curl valgrind=valgrind strip=binutils taskset=util-linux "$(PYTHON) -c 'import ensurepip'=python3-venv" \
		"$(PYTHON) -m pip --version=python3-pip" "dpkg -s libnewtonsoft-json5.0-cil=libnewtonsoft-json5.0-cil" \
		"dpkg -s libcjson-dev=libcjson-dev"
	cd bindings/java
	mvn --batch-mode --quiet -DskipTests package
	cd ../..
	$(MAKE) --silent -C benches peers

# The instructions that test-limits compares with.
bench-baseline: build
	@$(NEED) gcc=gcc valgrind=valgrind
	$(MAKE) --silent -C benches limits
	$(PYTHON) benches/instructions.py --update

wheel: build venv
	$(TESTING) -m build --wheel --outdir build/wheel bindings/python

venv:
	@.ci/venv $(PYTHON)

clean:
	rm -rf build
	cargo clean

# Installation and packages.

.PHONY: install uninstall test-install dist dist-packages

# Takes PREFIX, LIBDIR, INCLUDEDIR and DESTDIR. Builds nothing where `make build` has been: root need not have a Rust.
install: | $(if $(wildcard $(CARGO_TARGET_DIR)/release/THIRD-PARTY-NOTICES.txt),,build)
	@packaging/install $(CARGO_TARGET_DIR)/release

uninstall:
	@packaging/install --remove $(CARGO_TARGET_DIR)/release

test-install: build
	packaging/check
	.ci/report 4-install "Install" "$$(cmake --version | head -1), pkg-config $$(pkg-config --version)"

# The systems that panda-simulator is packed for.
SIMULATORS ?= linux-x64 linux-arm64 win-x64

# Everything that is given away, for all systems, into build/dist: first the native files, then what is made of them.
dist: build dist-native
	packaging/build --simulator $(SIMULATORS)
	packaging/packages

# Packages of those native files that are there.
dist-packages: build
	packaging/packages

# Everything that is done with this repository, from a clean checkout on. `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help run build demo test torture fuzz soak bench pictures fmt lint window package package-test
MAKEFLAGS += --no-print-directory

export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# On a build server a checkout is thrown away and the dependencies should not be: they are built outside it.
ifdef CI
  export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/centrepoint-monitor/target
endif
TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := target/release/centrepoint-monitor

help:
	@echo 'CentrePoint Monitor'
	@echo
	@echo '  make run     install what is missing, build, open the app'
	@echo '  make demo    the same on a practice folder, with a simulated study streaming in'
	@echo '  make build   the program, window included, at $(PROGRAM)'
	@echo
	@echo '  make package  what others install: a .deb, and an .rpm where rpm is there, in $(TARGET)/package'
	@echo
	@echo '  make test    every check: formatting, lints, licences, unit tests, the program from outside, the window'
	@echo '  make torture  the receiver killed 250 times, the power cut 1,000 times: nothing lost, nothing twice; some minutes'
	@echo '  make fuzz    the parsers fed with millions of odd inputs, five minutes each; needs the nightly compiler'
	@echo '  make soak    200 deliveries a second for ten minutes: memory, descriptors and answers stay as they were'
	@echo '  make package-test  .deb and .rpm installed, used and removed in a bare Debian 12, and their units under its systemd; needs root and the network'
	@echo '  make bench   intake, view, questions, export, start and window measured; a table, and JSON in target/bench'
	@echo '  make pictures  the pictures of docs/guide.md, taken from the running app'
	@echo '  make fmt     format everything'
	@echo '  make lint    formatting and lints alone'

build:
	@scripts/install app
	@$(MAKE) window
	cargo build --release --package centrepoint-monitor
	@[ $(TARGET)/release/centrepoint-monitor -ef $(PROGRAM) ] || install -D $(TARGET)/release/centrepoint-monitor $(PROGRAM)

# Where there is no display, the program says so and receives without a window.
run: build
	@$(PROGRAM)

demo: build
	@$(PROGRAM) practice

package:
	@scripts/install package
	@$(MAKE) build
	@scripts/package

test:
	@scripts/install test
	@$(MAKE) window
	cd ui && npm run lint
	cd ui && npm run check
	cd ui && npm test
	cargo fmt --all --check
	cargo deny --log-level error check bans licenses sources
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked
# The program and every test in one go, so that all are built with the same features and nothing twice.
	cargo build --workspace --all-targets --locked
# Many tests wait more than they work: one more at once than there are cores.
	RUST_TEST_THREADS=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) cargo test --workspace --no-fail-fast --locked

torture:
	@scripts/install test
	@$(MAKE) window
	cargo build --workspace --all-targets --locked
	cargo test --workspace --locked -- --ignored --nocapture torture_long

# FUZZ_SECONDS: how long each target runs. What it finds interesting is gathered in target/fuzz; an input that breaks a promise is named at the
# end and belongs into tests/fuzz/corpus, once its bug is mended.
FUZZ_SECONDS ?= 300
fuzz:
	@scripts/install fuzz
	@for target in request event query cell; do \
	  found=$(abspath $(TARGET))/fuzz/$$target; mkdir -p $$found; \
	  cargo +nightly fuzz run --fuzz-dir tests/fuzz --target-dir $(abspath $(TARGET))/fuzz/build $$target \
	    $$found tests/fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
	    || exit 1; \
	done

# The program of the other tests, packed: it is the package that is tried, not how fast the program is.
package-test:
	@scripts/install package-test
	@$(MAKE) window
	cargo build --workspace --all-targets --locked
	@scripts/package --debug
	cargo test --workspace --locked -- --ignored --nocapture a_bare_debian

soak:
	@scripts/install test
	@$(MAKE) window
	cargo build --workspace --all-targets --locked
	cargo test --workspace --locked -- --ignored --nocapture soak_long

bench:
	@scripts/install bench
	@$(MAKE) build
	cargo build --release --package store --package centrepoint-monitor --examples
	cargo bench --package tests

fmt:
	cargo fmt --all
	cd ui && npm run fmt

# What the guide shows is what the app shows.
pictures:
	@scripts/install pictures
	@$(MAKE) window
# Built as for `make test`, so that nothing is built twice.
	cargo build --workspace --all-targets --locked
	cargo test --workspace --locked -- --ignored window::pictures

lint: ui/node_modules/.package-lock.json
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd ui && npm run lint && npm run check

# What the window shows, built to ui/dist where something of it changed: the program carries it inside, and is built anew for each.
window: ui/dist/index.html

ui/dist/index.html: ui/node_modules/.package-lock.json $(shell find ui/src ui -maxdepth 1 -type f) $(shell find ui/src)
	cd ui && npm run build
	@touch $@

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

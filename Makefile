# Every target does its own set-up, on Debian 12 with Rust and Node present, as root or with sudo. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt bench bench-linkage e2e soak rust pages tests-setup

# Where rustup and `cargo install` put programs, for shells that do not know yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: rust pages ## everything, on invented children, at http://localhost:8080 (DEMO_ARGS="--children 1000 ...")
	@echo "== Building (release; some minutes the first time)"
	@cargo build --locked --release --package contactpoint
	@exec $(TARGET)/release/contactpoint demo $(DEMO_ARGS)

test: tests-setup ## all tests: Rust on SQLite and PostgreSQL, repository rules, browser
	@scripts/test

e2e: rust pages ## the browser tests alone (E2E_ARGS="--project phone ...")
	@scripts/setup-chromium
	@scripts/setup-npm e2e
	@scripts/browser-tests $(E2E_ARGS)

lint: rust pages ## formatting, clippy, repository rules, licences (when cargo-deny is installed), types of the browser tests
	@cargo fmt --all --check
	@cargo clippy --workspace --locked --all-targets -- -D warnings
	@cargo run --quiet --locked --package xtask -- tidy
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check; else echo "cargo-deny is not installed: licences and advisories were not checked."; fi
	@scripts/setup-npm e2e
	@cd e2e && node_modules/.bin/tsc --noEmit

fmt: rust ## format the Rust code
	@cargo fmt --all

bench: rust pages ## measure loading, searching, what comes in by messages, and watching, on both databases (BENCH_CHILDREN="20000 200000" BENCH_ACCESS="20000:200000")
	@scripts/setup-postgres
	@cargo build --locked --release --package contactpoint
	@scripts/bench

bench-linkage: rust pages ## measure linking beside Splink and recordlinkage (BENCH_LINKAGE_CHILDREN="20000 100000" ...)
	@scripts/need python3
	@cargo build --locked --release --package contactpoint
	@scripts/bench-linkage

soak: tests-setup ## the property tests with many more cases, the paired worlds with 1,000 shielded children, seals in every order of eight records, histories of 125,000 steps each, times: for hours
	@CONTACTPOINT_FEBRL="$${CONTACTPOINT_FEBRL:-$$(scripts/fetch-febrl)}" CONTACTPOINT_PYTHON="$${CONTACTPOINT_PYTHON:-$$(scripts/setup-python-clients)}" PROPTEST_CASES=$${PROPTEST_CASES:-20000} CONTACTPOINT_KILLS=$${CONTACTPOINT_KILLS:-100} CONTACTPOINT_SHIELDED=$${CONTACTPOINT_SHIELDED:-1000} CONTACTPOINT_STEPS=$${CONTACTPOINT_STEPS:-125000} CONTACTPOINT_TIMES=$${CONTACTPOINT_TIMES:-5000} CONTACTPOINT_SEAL_ORDERS=$${CONTACTPOINT_SEAL_ORDERS:-40320} scripts/with-postgres cargo nextest run --workspace --locked --cargo-profile soak --profile soak --no-fail-fast

rust:
	@scripts/need cargo cc

# The pages' style sheets and scripts (govuk-frontend), which the build embeds.
pages:
	@scripts/setup-npm .

tests-setup: rust pages
	@scripts/setup-postgres
	@scripts/setup-chromium
	@scripts/setup-nextest
	@scripts/setup-npm e2e
	@[ -n "$$CONTACTPOINT_FEBRL" ] || scripts/fetch-febrl >/dev/null

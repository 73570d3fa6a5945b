# SPDX-License-Identifier: MIT
# make demo and make test are all the set-up there is: they install what is missing.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# Which tests `make soak` runs; a part of them, say, with SOAK=PowerCutTests.
SOAK ?= ReliabilityTests\.|survivesAnyDamage
# One release build serves the command, the examples and the benchmarks.
RELEASE = -c release -Xswiftc -static-stdlib
BIN = .build/release
SOURCES = Package.swift Sources plugins examples Tests Benchmarks

.PHONY: all deps deps-test build demo test soak model bench lint docs sanitize fuzz examples install clean

all: build

## Debian packages to build and run; nothing happens when they are there.
deps:
	@scripts/install-packages libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libmicrohttpd-dev pkg-config python3

## What the tests need besides.
deps-test: deps
	@scripts/install-packages openssl curl dbus python3-dbusmock faketime strace e2fsprogs mount

build: deps
	$(SWIFT) build $(RELEASE)

## Two weeks of real departures: offline first, then delivered and checked.
demo: build
	examples/airport-kiosk/run.sh $(BIN)

test: deps-test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

## The process-level tests in their long form, for hours, and a table of what held.
soak: deps-test
	$(SWIFT) build --build-tests
	@rm -f .build/soak.tsv
	@FOOTFALL_SOAK=1 FOOTFALL_SOAK_TABLE=$(CURDIR)/.build/soak.tsv $(SWIFT) test --skip-build --no-parallel \
	    --filter '$(SOAK)'; status=$$?; \
	awk -F '\t' 'BEGIN { printf "%-40s %9s %9s  %s\n", "test", "tried", "held", "worst figure seen" } \
	    { printf "%-40s %9d %9d  %s\n", $$2, $$3, $$4, $$5 }' .build/soak.tsv; exit $$status

## 100,000 random sequences against the model, with cuts and full disks: some minutes.
model: deps-test
	$(SWIFT) build -c release --build-tests -Xswiftc -enable-testing --scratch-path .build-model
	FOOTFALL_SOAK=1 $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-model --skip-build \
	    --filter ModelTests

bench: build
	$(BIN)/FootfallBenchmarks

lint: build
	$(SWIFT) format lint --strict --parallel --recursive $(wildcard $(SOURCES))
	scripts/lint

## The documentation of the public modules, into .build/docc; a dead link is an error.
docs: build
	scripts/docc $(BIN)

## The threaded targets under the thread and the address sanitizer.
sanitize: deps-test
	scripts/sanitize

## Each fuzz target for a minute; SECONDS=… for longer.
fuzz: deps
	scripts/fuzz $(or $(SECONDS),60)

## Each example against a collector of its own.
examples: build
	@for run in examples/*/run.sh; do echo "== $$run"; $$run $(BIN) || exit 1; done

install: build
	install -D -m 755 $(BIN)/footfall $(DESTDIR)$(PREFIX)/bin/footfall
	strip $(DESTDIR)$(PREFIX)/bin/footfall

clean:
	rm -rf .build .build-*

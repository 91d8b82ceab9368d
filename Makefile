# SPDX-License-Identifier: GPL-2.0
# For people. The kernel's build system reads Kbuild.

KERNELDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= 6.1 6.12 newest
KERNEL ?= 6.1
FLAVOUR ?= debug
# One is enough unless KERNELS says otherwise.
DEBUG_KERNELS = $(if $(filter-out default file,$(origin KERNELS)),$(KERNELS),6.1)
ARM64_KERNELS = $(if $(filter-out default file,$(origin KERNELS)),$(KERNELS:-arm64=),6.12 newest)

JOBS := -j$(shell nproc)
KBUILD = $(MAKE) -C $(KERNELDIR) M=$(CURDIR) $(if $(filter -j%,$(MAKEFLAGS)),,$(JOBS))

# Everything follows the module into a staging directory. Manual pages may have a place of their own.
prefix ?= /usr
INSTALL_MOD_PATH ?= $(DESTDIR)
STAGE = $(or $(DESTDIR),$(INSTALL_MOD_PATH))
INSTALL_FILES = DESTDIR="$(STAGE)" PREFIX="$(prefix)" MAN="$(INSTALL_MAN_PATH)" packaging/install

# Where Kbuild leaves objects beside sources.
FOLDERS := . shell shell/mem ctrl admin io ftl ftl/index ftl/space timing

.PHONY: all module install install-tools uninstall deb check-package clean help strict test bench bench-ftl calibrate \
	check-vm check-debug check-arm64 golden check demo lint FORCE

all: module

# The text after ## is what "make help" prints.

module: kerneldir ## build vkvssd.ko for the running kernel, or KERNELDIR=
	+$(KBUILD) modules

install: module ## install the module for modprobe, and the tools; DESTDIR=, prefix=, INSTALL_MAN_PATH=
	$(INSTALL_FILES) module tools
	+$(KBUILD) INSTALL_MOD_PATH="$(INSTALL_MOD_PATH)" modules_install
	packaging/modules --depmod "$(KERNELDIR)" "$(INSTALL_MOD_PATH)"

install-tools: ## install the command vkvssd, its pages, and files for systemd and udev, without the module
	$(INSTALL_FILES) tools

uninstall: ## remove what "make install" has installed, with the same variables
	$(INSTALL_FILES) --remove module tools
	packaging/modules --remove "$(KERNELDIR)" "$(INSTALL_MOD_PATH)"

deb: ## build Debian packages in build/deb: vkvssd-dkms and vkvssd-tools
	scripts/dev/deps package
	scripts/dev/deb

check-package: ## install, upgrade and remove the packages in fresh roots of Debian 12 and 13 (needs root)
	scripts/dev/deps package
	tests/package

clean: ## remove everything that was built
	rm -rf build
	find $(FOLDERS) -maxdepth 1 \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name '.*.d' -o -name '*.order' -o -name 'Module.symvers' \
		-o -name '.tmp_versions' \) -exec rm -rf {} +
	if [ -e tests/native/Makefile ]; then $(MAKE) -C tests/native clean; fi

strict: $(KERNELS:%=strict-%) ## build for Debian's 6.1, 6.12 and newest, warnings and sparse findings being errors

test: ## run the native tests (some minutes, no VM)
	scripts/dev/deps build test
	+$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,$(JOBS)) -C tests/native check

bench: ## measure the controller natively and in a VM (QUICK=1, PARTS="native instructions vm", BENCH_OUT=FILE)
	scripts/dev/deps build test vm bench
	+scripts/dev/bench

bench-ftl: ## measure the FTL natively (some minutes; QUICK=1, FULL=1, INDEX=NAME, VICTIM=NAME, BENCH_OUT=FILE)
	scripts/dev/deps build test
	+scripts/dev/bench-ftl

calibrate: ## compare the timing profiles with published figures (some seconds)
	scripts/dev/deps build test
	+scripts/dev/calibrate

check-vm: $(KERNELS:%=module-%) ## run the device tests in VMs; KERNELS="6.1", TESTS=REGEX select
	scripts/dev/deps vm test
	tests/run-vm $(if $(TESTS),--tests '$(TESTS)') $(KERNELS)

check-debug: ## run the device tests on a kernel with KASAN, lockdep, ...; TESTS=, KERNELS=, FLAVOUR=kcsan
	scripts/dev/deps vm test
	+scripts/dev/check-debug $(if $(TESTS),--tests '$(TESTS)') $(DEBUG_KERNELS:%=%-$(FLAVOUR))

check-arm64: $(ARM64_KERNELS:%=module-%-arm64) ## build for arm64 and run the device tests there; KERNELS="6.12 newest", TESTS=REGEX select
	scripts/dev/deps vm arm64
	tests/run-vm $(if $(TESTS),--tests '$(TESTS)') $(ARM64_KERNELS:%=%-arm64)

golden: module-6.1 ## write the output of nvme-cli to tests/device/golden; look at the difference
	GOLDEN=update tests/run-vm --tests nvme-cli 6.1

check: ## everything: strict builds, lint, native tests, device tests on all KERNELS
	+scripts/dev/check $(KERNELS)

demo: ## store and retrieve through the nvme driver, in a VM unless DEMO_HERE=1; KERNEL=6.12
	+scripts/dev/demo $(KERNEL)

lint: ## check scripts, licence lines, and everything else that needs no run
	scripts/dev/lint

help: ## print this
	@echo "Targets:"
	@sed -nE 's/^([a-z0-9-]+):.* ## (.*)/  \1\t\2/p' Makefile | expand -t 17
	@echo "  module-6.1     build build/6.1/vkvssd.ko for Debian's kernel (or 6.12-rt, newest, 7.3-arm64, ...)"
	@echo
	@echo "KERNELS are names as scripts/dev/kernel --help explains them; here: $(KERNELS)"
	@echo
	@echo "Kernels and findings are cached in ~/.cache/vkvssd (or VKVSSD_CACHE)."

module-%: FORCE
	+scripts/dev/build $*

strict-%: FORCE
	+scripts/dev/build --strict $*

.PHONY: kerneldir
kerneldir:
	@[ -e $(KERNELDIR)/Makefile ] || { \
		echo "No kernel headers in $(KERNELDIR): apt-get install linux-headers-$$(uname -r)," \
			"or give KERNELDIR=, or try 'make demo' (a VM)" >&2; exit 1; }

FORCE:

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels of our own, for scripts/dev/kernel. They are built from Debian's source. Their
# configuration has all that this module and its tests need, and, for debug kernels,
# options that find errors.

# Increase this number if kernels made by an older recipe must not be used any more.
RECIPE=1
# The parts of the kernel's tree that building a module needs, with the check of its
# comments. Not every kernel has each.
KEEP=(Makefile .config Module.symvers System.map include scripts arch/x86/Makefile*
	arch/x86/include arch/x86/tools tools/objtool/objtool tools/lib/python tools/docs/kernel-doc)

# The packages that building modules and kernels needs, in a root. Warnings need Python:
# it checks comments.
COMPILERS=(gcc make libc6-dev sparse bc kmod xz-utils perl-base flex bison libelf-dev libdw-dev libssl-dev cpio
	pahole python3)

# compiler_root : prints the root whose compilers fit the kernel, or / for this machine
# itself. Its own will do unless the kernel is of a newer Debian or for another machine.
compiler_root() {
	local debian=$CODENAME extra=()
	case $KERNEL_ARCH-$(host_codename)-$debian in
	amd64-bookworm-bookworm | amd64-trixie-bookworm | amd64-trixie-trixie)
		echo /
		return
		;;
	arm64-*) extra=(gcc-aarch64-linux-gnu) ;;
	esac
	if [[ $debian == experimental ]]; then debian=sid; fi
	root_of "$debian" "$ARCH" "${COMPILERS[@]}" "${extra[@]}"
}

# config_files : prints the files that make the configuration. Those of older series hold
# for newer ones, too.
config_files() {
	local file files=("$CONFIGS/base.config")
	while read -r file; do
		if dpkg --compare-versions "${file%.config}" le "$SERIES"; then files+=("$CONFIGS/$file"); fi
	done < <(cd "$CONFIGS" && printf '%s\n' [0-9]*.config | sort -V)
	printf '%s\n' "${files[@]}" "$CONFIGS/${FLAVOUR:-plain}.config"
}

# wanted_config : prints the options that the kernel must have. The last word on each counts.
wanted_config() {
	local files
	mapfile -t files < <(config_files)
	awk -F '[= ]' '
		/^CONFIG_/ { line[$1] = $0 }
		/^# CONFIG_.* is not set$/ { line[$2] = $0 }
		END { for (name in line) print line[name] }' "${files[@]}" | sort
}

# config_key : prints a name that changes with the configuration. A comment does not
# change it, since building a kernel takes minutes.
config_key() {
	{
		wanted_config
		echo "$RECIPE $CODENAME $(gcc -dumpversion 2>/dev/null || true)"
	} | sha256sum | cut -c 1-12
}

unpack_source() {
	mkdir -p "$1/source"
	tar -C "$1/source" --strip-components=1 -xJf "$2"
	touch "$1/source/.unpacked"
}

# fetch_tarball DIR VERSION : fails if the mirror has removed that version
fetch_tarball() {
	say "downloading the source of Linux $2"
	mkdir -p "$1/debs"
	(cd "$1/debs" && run_apt apt-get source --download-only --tar-only "linux=$2") >"$1/log" 2>&1
}

get_source() {
	local dir=$1 source
	read_packages "$dir" "$CODENAME" "$KERNEL_ARCH"
	for source in $(sources "$SERIES"); do
		if [[ $source == linux-source-* ]]; then
			fetch_debs "$dir" "$source"
			unpack_debs "$dir"
			unpack_source "$dir" "$dir/root/usr/src/$source.tar.xz"
			rm -rf "$dir/root"
			return
		elif fetch_tarball "$dir" "$source"; then
			unpack_source "$dir" "$dir/debs/linux_${source%-*}.orig.tar.xz"
			return
		fi
	done
	die "the mirror has no source of Linux $SERIES any more"
}

# in_source DIR TARGET... : runs make, without the settings of a make that called us
in_source() {
	local dir=$1
	shift
	in_root "$COMPILER_ROOT" -- env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
		nice -n 10 make -C "$dir/source" "-j$(nproc)" "$@"
}

# Every symbol that we ask for has to be there afterwards. A symbol whose
# dependencies are missing vanishes without a message.
configure() {
	local dir=$1 lost
	wanted_config >"$dir/wanted"
	quietly "$dir/log" in_source "$dir" KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig ||
		die "the configuration failed (above)"
	lost=$(grep -E '^CONFIG_' "$dir/wanted" | grep -vxFf "$dir/source/.config") || true
	[[ -z $lost ]] || die "not in the configuration: ${lost//$'\n'/ }"
}

# Shows that make goes on: one line for every 300 of its output.
show_progress() {
	awk 'NR % 300 == 0 { print "scripts/dev/kernel: " NR " steps"; fflush() }' >&2
}

compile() {
	local dir=$1
	say "compiling, some minutes"
	in_source "$dir" bzImage modules 2>&1 | tee "$dir/log" | show_progress || {
		tail -n 20 "$dir/log" >&2
		die "the kernel does not compile (above)"
	}
}

# Prints those of the parts to keep that this kernel has.
parts_to_keep() {
	local pattern
	for pattern in "${KEEP[@]}"; do compgen -G "$pattern" || true; done
}

# Lays out the files as in Debian's packages, so that callers see no difference.
install_kernel() {
	local dir=$1 release=$2 root=$1/root headers
	headers=$root/usr/src/linux-headers-$release
	rm -rf "$root"
	mkdir -p "$headers" "$root/boot"
	quietly "$dir/log" in_source "$dir" INSTALL_MOD_PATH="$root" modules_install ||
		die "the modules cannot be installed (above)"
	rm -f "$root/lib/modules/$release"/{build,source}
	cp "$dir/source/arch/x86/boot/bzImage" "$root/boot/vmlinuz-$release"
	(cd "$dir/source" && parts_to_keep | xargs cp -a --parents -t "$headers")
	find "$headers/scripts" -name '*.o' -delete
}

# build_kernel FINAL
build_kernel() {
	local final=$1 part=$1.part
	COMPILER_ROOT=$(compiler_root)
	if [[ $COMPILER_ROOT == / ]]; then "$HERE/deps" build debug; fi
	mkdir -p "$part"
	[[ -e $part/source/.unpacked ]] || get_source "$part"
	configure "$part"
	compile "$part"
	install_kernel "$part" "$(<"$part/source/include/config/kernel.release")"
	cp "$part/source/include/config/kernel.release" "$part/release"
	rm -rf "$part/source" "$part/wanted"
	finish "$part" "$final"
	say "Linux $(<"$final/release") is in $final"
}

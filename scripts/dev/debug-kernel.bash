# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels of our own, for scripts/dev/kernel. They are built from Debian's source. Their
# configuration has all that this module and its tests need, and options that find errors.

# Increase this number if kernels made by an older recipe must not be used any more.
RECIPE=1
# The parts of the kernel's tree that building a module needs.
KEEP=(Makefile .config Module.symvers System.map include scripts arch/x86/Makefile
	arch/x86/Makefile_32.cpu arch/x86/include arch/x86/tools tools/objtool/objtool)

# config_files SERIES FLAVOUR : the files that make a configuration.
config_files() {
	local name
	for name in base "$1" "$2"; do
		if [[ -e $CONFIGS/$name.config ]]; then echo "$CONFIGS/$name.config"; fi
	done
}

# config_key SERIES FLAVOUR : prints a name that changes with the configuration.
# A comment does not change it, since building a kernel takes minutes.
config_key() {
	local files
	mapfile -t files < <(config_files "$@")
	{
		sed '/^#/d' "${files[@]}"
		echo "$RECIPE $(gcc -dumpfullversion)"
	} | sha256sum | cut -c 1-12
}

get_source() {
	local series=$1 dir=$2
	start_apt "$dir" "$(codename_for "$series")"
	fetch_debs "$dir" "linux-source-$series"
	unpack_debs "$dir"
	mkdir -p "$dir/source"
	tar -C "$dir/source" --strip-components=1 -xJf "$dir/root/usr/src/linux-source-$series.tar.xz"
	rm -rf "$dir/root"
	touch "$dir/source/.unpacked"
}

# in_source DIR TARGET... : runs make, without the settings of a make that called us
in_source() {
	local dir=$1
	shift
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS nice -n 10 make -C "$dir/source" "-j$(nproc)" "$@"
}

# Every symbol that we ask for has to be there afterwards. A symbol whose
# dependencies are missing vanishes without a message.
configure() {
	local dir=$1 files lost
	shift
	mapfile -t files < <(config_files "$@")
	cat "${files[@]}" >"$dir/wanted"
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
	(cd "$dir/source" && cp -a --parents "${KEEP[@]}" "$headers/")
	find "$headers/scripts" -name '*.o' -delete
}

# build_kernel SERIES FLAVOUR FINAL
build_kernel() {
	local series=$1 flavour=$2 final=$3 part=$3.part
	check_cache
	"$(dirname "${BASH_SOURCE[0]}")/deps" build debug
	mkdir -p "$part"
	[[ -e $part/source/.unpacked ]] || get_source "$series" "$part"
	configure "$part" "$series" "$flavour"
	compile "$part"
	install_kernel "$part" "$(<"$part/source/include/config/kernel.release")"
	cp "$part/source/include/config/kernel.release" "$part/release"
	rm -rf "$part/source" "$part/wanted"
	finish "$part" "$final"
	say "Linux $(<"$final/release") is in $final"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Finds kernels in Debian's releases, for scripts/dev/kernel. Needs apt.bash.

# codenames SERIES : the Debian releases to look in, the best first. The tools in a
# header package run on this machine if its own Debian has them. Debian 12 is the last
# with 6.1.
codenames() {
	if [[ $1 == 6.1 || $(host_codename) == bookworm ]]; then echo bookworm; fi
	printf '%s\n' trixie sid experimental
}

# archs ARCH : the architectures of packages for a kernel. The tools are for this machine.
archs() {
	# shellcheck disable=SC2153 # of apt.bash
	printf '%s\n' "$ARCH" "$1" | sort -u
}

# read_packages DIR CODENAME ARCH
read_packages() {
	local archs
	mapfile -t archs < <(archs "$3")
	start_apt "$1" "$2" "${archs[@]}"
	NAMES=$(run_apt apt-cache pkgnames linux-)
}

# releases PATTERN FLAVOUR ARCH : prints the releases that have an image and headers, newest
# first. The pattern is that of a series, as an extended regular expression.
releases() {
	local flavour=${2:+$2-} name release
	name="s/^linux-headers-($1(\.[0-9][^-]*)?(-[0-9]+)?-$flavour$3)\$/\1/p"
	sed -nE "$name" <<<"$NAMES" | sort -rV | while read -r release; do
		if grep -qxF "linux-image-$release" <<<"$NAMES"; then echo "$release"; fi
	done
}

# Prints each series that has headers, or a package of its source.
packaged_series() {
	sed -nE 's/^linux-(headers-([0-9]+\.[0-9]+)[^0-9].*|source-([0-9.]+))$/\2\3/p' <<<"$NAMES"
}

# kernel_dependencies ARCH PACKAGE... : prints the packages of a kernel that the named ones
# depend on. Those that are for one architecture have its name at the end.
kernel_dependencies() {
	local arch=$1
	shift
	run_apt apt-cache depends "$@" | awk -v arch="$arch" '
		/Depends: / {
			name = $NF
			gsub(/[<>]|:.*/, "", name)
			if (name ~ ("-" arch "$")) name = name ":" arch
			if (!alternative && name ~ /^linux-[a-z]+-[0-9]/) print name
			alternative = /\|/
		}'
}

# packages_of RELEASE ARCH : prints the packages of a kernel
packages_of() {
	local arch=$2 found=("linux-image-$1:$2" "linux-headers-$1:$2") count=0
	while ((${#found[@]} > count)); do
		count=${#found[@]}
		mapfile -t found < <({ printf '%s\n' "${found[@]}"; kernel_dependencies "$arch" "${found[@]}"; } | sort -u)
	done
	printf '%s\n' "${found[@]}"
}

# sources SERIES : prints where to get the source of a series, the best first: a binary
# package, or a version of the source package whose tarball the mirror may still have
sources() {
	if grep -qxF "linux-source-$1" <<<"$NAMES"; then echo "linux-source-$1"; fi
	source_versions "${1//./\\.}" | sort -rV
}

source_versions() {
	run_apt apt-cache showsrc --only-source linux 2>/dev/null | sed -nE "s/^Version: ($1[.~-].*)/\1/p"
}

# locate DIR SERIES FLAVOUR ARCH : prints "CODENAME packages", or "CODENAME source" for a
# kernel that we have to build
locate() {
	local dir=$1 series=$2 flavour=$3 arch=$4 codename made='' known=''
	case $flavour-$arch in
	debug-* | kcsan-*) made=only ;;
	-amd64) made=yes ;;
	esac
	for codename in $(codenames "$series"); do
		read_packages "$dir" "$codename" "$arch"
		if [[ $made != only && $(releases "${series//./\\.}" "$flavour" "$arch") ]]; then
			echo "$codename packages"
			return
		fi
		if [[ $made && ! $known && $(sources "$series") ]]; then known=$codename; fi
	done
	[[ $known ]] || complain "$series" "$flavour" "$arch"
	echo "$known source"
}

# Says which series there are.
complain() {
	local wanted=$1${2:+-$2} arch=$3 codename packaged='' listed=''
	for codename in bookworm trixie sid experimental; do
		read_packages "$CACHE" "$codename" "$arch"
		packaged+=" $(packaged_series)"
		listed+=" $(source_versions '[0-9]+\.[0-9]+' | grep -oE '^[0-9]+\.[0-9]+' || true)"
	done
	die "Debian has no Linux $wanted for $arch; there are packages of$(unique "$packaged"), and perhaps sources of$(unique "$listed")"
}

# unique WORDS : prints versions in their order
unique() {
	printf '%s' "$1" | tr -s ' \n' '\n' | sort -uV | tr '\n' ' ' | sed 's/ $//'
}

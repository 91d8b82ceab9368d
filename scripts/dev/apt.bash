# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# An apt beside the machine's own, for scripts/dev/kernel and scripts/dev/qemu: packages
# are downloaded and unpacked into a cache, none is installed.

CACHE=${VKVSSD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vkvssd}
ARCH=amd64

say() {
	echo "scripts/dev/${0##*/}: $*" >&2
}

die() {
	say "$@"
	exit 1
}

# Prints the machine's own mirror of "debian" or "debian-security", or the usual one.
mirror() {
	local found
	found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
		sed 's/#.*//' | grep -E '^(deb |URIs:)' |
		grep -oE "https?://[^ ]*/$1/?( |\$)" | head -n 1) || true
	found=${found:-http://deb.debian.org/$1}
	echo "${found%%[/ ]}"
}

keyring() {
	local file
	for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		if [[ -e $file ]]; then
			echo "$file"
			return
		fi
	done
	die "no Debian archive keyring here; install it with: apt-get install debian-archive-keyring"
}

host_codename() {
	# shellcheck disable=SC1091
	(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
}

# The configuration of our own apt. It has the machine's proxies and credentials,
# but its own package lists.
write_apt_config() {
	local dir=$1 codename=$2 ring
	ring=$(keyring)
	mkdir -p "$dir"/{lists,cache,empty}/partial
	: >"$dir/status"
	cat >"$dir/sources.list" <<SOURCES
deb [signed-by=$ring] $(mirror debian) $codename main
deb [signed-by=$ring] $(mirror debian) $codename-backports main
deb [signed-by=$ring] $(mirror debian-security) $codename-security main
SOURCES
	cat >"$dir/apt.conf" <<CONFIG
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "$dir/empty";
Dir::Etc::preferences "$dir/none";
Dir::Etc::preferencesparts "$dir/empty";
Dir::Log "$dir";
APT::Architecture "$ARCH";
APT::Sandbox::User "root";
Acquire::Retries "3";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
CONFIG
}

run_apt() {
	local tool=$1
	shift
	"$tool" -q -c "$APT_DIR/apt.conf" "$@" </dev/null
}

# Runs a step quietly. Shows the end of its output if it fails.
quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		return 1
	}
}

# Deletes packages that earlier, interrupted runs fetched, unless they are wanted.
drop_stale_debs() {
	local wanted file
	wanted=$(run_apt apt-get download --print-uris "$@" | cut -d ' ' -f 2)
	for file in *.deb; do
		if [[ -e $file ]] && ! grep -qxF "$file" <<<"$wanted"; then rm "$file"; fi
	done
}

download_debs() {
	drop_stale_debs "$@"
	run_apt apt-get download "$@"
}

# start_apt DIR CODENAME : reads the package lists of a Debian release
start_apt() {
	APT_DIR=$1/apt
	write_apt_config "$APT_DIR" "$2"
	say "reading the package lists of Debian $2"
	quietly "$1/log" run_apt apt-get update || die "apt-get update failed (above)"
}

# fetch_debs DIR PACKAGE... : downloads packages into DIR/debs
fetch_debs() {
	local dir=$1
	shift
	say "downloading $*"
	mkdir -p "$dir/debs"
	(cd "$dir/debs" && quietly "$dir/log" download_debs "$@") ||
		die "the download failed (above); run it again to go on"
}

# unpack_debs DIR : unpacks the fetched packages into DIR/root
unpack_debs() {
	local dir=$1 deb
	rm -rf "$dir/root"
	mkdir -p "$dir/root"
	for deb in "$dir"/debs/*.deb; do
		say "unpacking ${deb##*/}"
		dpkg -x "$deb" "$dir/root"
	done
}

# finish PART FINAL : moves the complete folder PART to its place
finish() {
	rm -rf "$1/apt" "$1/debs" "$1/log"
	sync -f "$1"
	mv -T "$1" "$2"
}

# once FILE COMMAND... : runs the command unless the file is there. Of several
# processes that want the same file, one runs it and the others wait.
once() {
	local file=$1 name=${1#"$CACHE/"} lock
	shift
	if [[ -e $file ]]; then return; fi
	mkdir -p "$CACHE"
	exec {lock}>"$CACHE/${name%%/*}.lock"
	flock -n "$lock" || { say "another run is fetching it, waiting"; flock "$lock"; }
	if [[ ! -e $file ]]; then "$@"; fi
	exec {lock}>&-
}

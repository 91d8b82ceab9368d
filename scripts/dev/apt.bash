# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# An apt beside the machine's own, for the other scripts here: packages are downloaded
# and unpacked into a cache, none is installed.

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

# Only releases that have been out for a while have these two archives.
archives_of() {
	echo "deb $1 $(mirror debian) $2 main"
	case $2 in
	sid) ;;
	experimental) echo "deb $1 $(mirror debian) sid main" ;;
	*)
		echo "deb $1 $(mirror debian) $2-backports main"
		echo "deb-src $1 $(mirror debian) $2-backports main"
		echo "deb $1 $(mirror debian-security) $2-security main"
		;;
	esac
}

# The configuration of our own apt. It has the machine's proxies and credentials,
# but its own package lists. The first architecture is apt's own.
write_apt_config() {
	local dir=$1 codename=$2
	shift 2
	mkdir -p "$dir"/{lists,cache,empty}/partial
	: >"$dir/status"
	archives_of "[signed-by=$(keyring)]" "$codename" >"$dir/sources.list"
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
APT::Architecture "$1";
#clear APT::Architectures;
$(printf 'APT::Architectures:: "%s";\n' "$@")
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

# Deletes packages that earlier, interrupted runs fetched, unless the input names them.
drop_stale_debs() {
	local wanted file
	wanted=$(cut -d ' ' -f 2)
	for file in *.deb; do
		if [[ -e $file ]] && ! grep -qxF "$file" <<<"$wanted"; then rm "$file"; fi
	done
}

download_debs() {
	drop_stale_debs < <(run_apt apt-get download --print-uris "$@")
	run_apt apt-get download "$@"
}

download_closure() {
	local install=(run_apt apt-get install --yes --no-install-recommends)
	mkdir -p partial
	drop_stale_debs < <("${install[@]}" --print-uris "$@")
	"${install[@]}" --download-only -o "Dir::Cache::archives=$PWD" "$@"
}

# start_apt DIR CODENAME [ARCH...] : reads the package lists of a Debian release. Lists
# that are younger than an hour are used again.
start_apt() {
	local dir=$1 codename=$2 lock
	shift 2
	(($#)) || set -- "$ARCH"
	APT_DIR=$CACHE/apt-$codename-$(IFS=-; echo "$*")
	mkdir -p "$APT_DIR"
	exec {lock}>"$APT_DIR.lock"
	flock "$lock"
	if [[ ! $(find "$APT_DIR" -name read -mmin -60) ]]; then
		read_lists "$dir/log" "$codename" "$@"
	fi
	exec {lock}>&-
}

read_lists() {
	local log=$1 codename=$2
	shift
	say "reading the package lists of Debian $codename${2:+ ($2${3:+, $3})}"
	write_apt_config "$APT_DIR" "$@"
	quietly "$log" run_apt apt-get update || die "apt-get update failed (above)"
	touch "$APT_DIR/read"
}

# fetch_debs DIR PACKAGE... : downloads packages into DIR/debs
fetch_debs() {
	fetch_with download_debs "$@"
}

# fetch_closure DIR PACKAGE... : the same with all packages that they depend on
fetch_closure() {
	fetch_with download_closure "$@"
}

# Old package lists may name files that the mirror has no more, so they are read again.
fetch_with() {
	local how=$1 dir=$2
	shift 2
	say "downloading $*"
	mkdir -p "$dir/debs"
	(cd "$dir/debs" && quietly "$dir/log" "$how" "$@") || {
		rm -f "$APT_DIR/read"
		die "the download failed (above); run it again to go on"
	}
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
	rm -rf "$1/debs" "$1/log"
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

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Roots: directories with the programs of some Debian release, in the cache. They are
# for programs that this machine cannot have, such as compilers of a newer Debian.
# Packages are only unpacked there; none of their scripts runs. Needs apt.bash.

# Increase this number if roots made by an older recipe must not be used any more.
ROOT_RECIPE=1

# root_of CODENAME ARCH PACKAGE... : prints the path of a root that has the essential
# packages of a Debian release, the named ones, and all that they depend on
root_of() {
	local codename=$1 arch=$2 dir
	shift 2
	dir=$CACHE/root-$codename-$arch-$(printf '%s\n' "$ROOT_RECIPE" "$@" | sort -u | sha256sum | cut -c 1-12)
	once "$dir/root" make_root "$dir" "$codename" "$arch" "$@"
	echo "$dir/root"
}

make_root() {
	local final=$1 codename=$2 arch=$3 part=$1.part
	shift 3
	mkdir -p "$part"
	start_apt "$part" "$codename" "$arch"
	fetch_closure "$part" '?essential' "$@"
	unpack_root "$part"
	finish "$part" "$final"
	say "programs of Debian $codename ($arch) are in $final"
}

# The directories of a root as packages expect them: /bin and its like are links.
unpack_root() {
	local dir=$1 root=$1/root name deb
	say "unpacking $(find "$dir/debs" -name '*.deb' | wc -l) packages"
	rm -rf "$root"
	mkdir -p "$root"/{dev,proc,sys,run,tmp}
	chmod 1777 "$root/tmp"
	for name in bin sbin lib lib64; do
		mkdir -p "$root/usr/$name"
		ln -s "usr/$name" "$root/$name"
	done
	for deb in "$dir"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" --keep-directory-symlink -xf -
	done
	configure_root "$root"
}

# The little that scripts of packages would have done.
configure_root() {
	local root=$1 name
	[[ -e $root/usr/bin/awk ]] || ln -s mawk "$root/usr/bin/awk"
	[[ -e $root/usr/bin/sh ]] || ln -s dash "$root/usr/bin/sh"
	for name in passwd group; do
		cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"
	done
}

# A process in a namespace of mounts keeps its mounts to itself. Sets $place, a prefix for
# the paths of directories in which it may mount. In a chroot "/" is no mount, so it
# cannot be made private, and mounts below it would appear outside. Then $place is on
# /sys, which is a mount.
# shellcheck disable=SC2016 # the inner shell's
PRIVATE_MOUNTS='
place=
if ! mount --make-rprivate / 2>/dev/null; then
	mount --make-private /sys && mount -t tmpfs none /sys || exit 125
	place=/sys/root
	mkdir "$place"
fi
'

# The command that gives a process mounts of its own. They end with it.
find_unshare() {
	local options
	for options in '--mount --propagation unchanged' '--user --map-root-user --mount'; do
		# shellcheck disable=SC2206 # several words
		UNSHARE=(unshare $options)
		if "${UNSHARE[@]}" bash -c "$PRIVATE_MOUNTS" 2>/dev/null; then return; fi
	done
	die "compilers of another Debian run in a root of their own, which needs root's rights or user namespaces (unshare --user --map-root-user fails here; in a chroot, /sys has to be mounted)"
}

# Mounts directories at their own paths below a root, and runs a command there.
# shellcheck disable=SC2016 # the inner shell's
ENTER_ROOT=$PRIVATE_MOUNTS'
root=$1
shift
if [[ $place ]]; then
	mount --bind "$root" "$place" && mount --make-private "$place" || exit 125
	root=$place
fi
while [[ $1 != -- ]]; do
	mkdir -p "$root$1"
	mount --rbind "$1" "$root$1" || exit 125
	shift
done
shift
exec chroot "$root" "$@"'

# in_root ROOT DIRECTORY... -- COMMAND... : runs a command in a root. It sees the named
# directories, the cache, /dev, /proc and /tmp, at the same paths as here. ROOT may be /.
in_root() {
	local root=$1
	shift
	if [[ $root == / ]]; then
		while [[ $1 != -- ]]; do shift; done
		"${@:2}"
		return
	fi
	find_unshare
	env LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin:"$PATH" "${UNSHARE[@]}" \
		bash -c "$ENTER_ROOT" bash "$root" /dev /proc /tmp "$CACHE" "$@"
}

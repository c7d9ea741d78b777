#!/usr/bin/env bash
# usage: package.sh BUILD OUT - from a build folder, into OUT: a Debian package and a relocatable tarball. Both hold the
# program with all libraries that a bare Debian 12 does not have; glibc alone is the system's. Needs no network.
# XZ_LEVEL (default 6): how hard to compress; with 0 the Debian package is not compressed at all (tests).
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 out=$2
version=$(sed -n 's/^#define COMITY_VERSION "\(.*\)"/\1/p' include/comity.h)
machine=$(uname -m)
architecture=$(dpkg --print-architecture)
name=comity-$version-linux-$machine
tree=$out/$name
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

rm -rf "$out"
mkdir -p "$out"
cmake --install "$build" --prefix "$tree" >/dev/null

# ---- libraries ----
# What the program is linked to, but for glibc's own: these must be the system's, since they belong to its loader.
is_glibc() {
    case "$1" in
    ld-linux* | libc.so.* | libm.so.* | libmvec.so.* | libpthread.so.* | libdl.so.* | librt.so.* | libresolv.so.* | libutil.so.* | libanl.so.* | libnsl.so.*) return 0 ;;
    esac
    return 1
}
owner_of() {
    { dpkg-query -S "$1" "/usr$1" "$(readlink -f "$1")" 2>/dev/null || true; } | head -n 1 | cut -d: -f1
}
libraries=$tree/lib/comity
documents=$tree/share/doc/comity
mkdir -p "$libraries" "$documents/libraries"
echo "Libraries in lib/comity, as Debian packages them: package, version." >"$documents/LIBRARIES"
ldd "$tree/bin/comity" | awk '$2 == "=>" {print $1, $3}' | while read -r library path; do
    [ -n "$path" ] && [ "$path" != not ] || { echo "package: '$library' is not there" >&2; exit 1; }
    ! is_glibc "$library" || continue
    install -m 0644 "$(readlink -f "$path")" "$libraries/$library"
    # A path of its own would be looked along before ours, and what it needs would not be found.
    if readelf -d "$libraries/$library" | grep -q 'R\(UN\)\?PATH'; then
        echo "package: '$library' has a path of its own" >&2
        exit 1
    fi
    package=$(owner_of "$path")
    [ -n "$package" ] && [ -r "/usr/share/doc/$package/copyright" ] || { echo "package: no copyright of '$library'" >&2; exit 1; }
    cp "$(readlink -f "/usr/share/doc/$package/copyright")" "$documents/libraries/$package"
    dpkg-query -W -f '${Package} ${Version}\n' "$package" | head -n 1 >>"$documents/LIBRARIES"
done
sort -u -o "$documents/LIBRARIES" "$documents/LIBRARIES"
strip --strip-unneeded "$tree/bin/comity" "$libraries"/*

# The newest version of glibc's symbols that anything in the tree asks for.
glibc=$(objdump -T "$tree/bin/comity" "$libraries"/* | grep -o 'GLIBC_[0-9.]*' | cut -d_ -f2 | sort -uV | tail -n 1)

# ---- tarball ----
sed "s/@GLIBC@/$glibc/" tools/package/README.tarball >"$tree/README"
find "$tree" -type d -exec chmod 0755 {} +
find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner -c "$name" | xz -T0 "-${XZ_LEVEL:-6}" >"$out/$name.tar.xz"

# ---- Debian package: the same tree under /usr ----
deb=$out/deb
mkdir -p "$deb/DEBIAN" "$deb/etc/default"
cp -a "$tree" "$deb/usr"
rm "$deb/usr/README"
install -m 0644 tools/package/comity.default "$deb/etc/default/comity"
install -m 0755 tools/package/postinst tools/package/prerm tools/package/postrm "$deb/DEBIAN/"
mv "$deb/usr/share/doc/comity/NOTICE" "$deb/usr/share/doc/comity/copyright"
echo /etc/default/comity >"$deb/DEBIAN/conffiles"
cat >"$deb/DEBIAN/control" <<END
Package: comity
Version: $version
Architecture: $architecture
Maintainer: The Comity developers <comity@invalid>
Depends: libc6 (>= $glibc)
Recommends: ca-certificates
Section: database
Priority: optional
Installed-Size: $(du -sk "$deb/usr" | cut -f1)
Description: many sources in, one record per event out
 Takes what many sources say about the same events and keeps one record per
 event: counted once, on a map, traceable to every source. Brings the libraries
 that it needs, so that it can be installed without a network.
END
chmod -R go-w "$deb"
find "$deb" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
how=(-Zxz "-z${XZ_LEVEL:-6}")
[ "${XZ_LEVEL:-6}" != 0 ] || how=(-Znone)
dpkg-deb --root-owner-group "${how[@]}" --build "$deb" "$out/comity_${version}_$architecture.deb" >/dev/null
rm -rf "$deb" "$tree"
(cd "$out" && sha256sum ./*.deb ./*.tar.xz >SHA256SUMS)
ls -l "$out"

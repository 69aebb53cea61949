#!/usr/bin/env bash
# A folder that runs wherever the C libraries are, without a Swift toolchain, as a tarball, and with
# --deb as a Debian package:
#
#   Scripts/dist.sh BUILT [--deb]     → .build-dist/tessera-VERSION-SYSTEM-PROCESSOR.tar.gz
#
# BUILT is where `make everything` leaves the commands, Swift's library linked into them. The image
# libraries and SQLite are the system's.
set -euo pipefail
cd "$(dirname "$0")/.."
built=$1
scratch=.build-dist
version=$(sed -nE 's/^  public static let version = "([0-9.]+)"$/\1/p' Sources/Embedders/Build.swift)
name=tessera-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
tree=$scratch/$name

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/libexec/tessera" "$tree/share/doc/tessera"
cp -R "$built/Tessera_TesseraPictureBook.resources" "$tree/libexec/tessera/"
for command in tessera weights-converter; do
  install -m 755 "$built/$command" "$tree/libexec/tessera/$command"
  strip "$tree/libexec/tessera/$command"
  ln -s "../libexec/tessera/$command" "$tree/bin/$command"
done
cp LICENSE README.md CHANGELOG.md "$tree/share/doc/tessera/"
chmod -R u=rwX,go=rX "$tree"
tar -C "$scratch" --owner=0 --group=0 --numeric-owner -czf "$scratch/$name.tar.gz" "$name"
echo "$scratch/$name.tar.gz"

[ "${2:-}" = --deb ] || exit 0

# What the commands are linked with, as the packages that are installed here have it; libcurl and
# OpenBLAS are opened when they are asked for.
libraries=$(ldd "$tree/libexec/tessera/tessera" "$tree/libexec/tessera/weights-converter" |
  awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u)
depends=$(for library in $libraries; do
  dpkg -S "$library" 2>/dev/null || dpkg -S "$(realpath "$library")" 2>/dev/null ||
    dpkg -S "/usr$library" 2>/dev/null || true
done | sed -E 's/(:[a-z0-9]+)?: .*//' | sort -u | paste -sd, | sed 's/,/, /g')
root=$scratch/deb
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/usr"
cp -R "$tree/." "$root/usr/"
cat >"$root/DEBIAN/control" <<END
Package: tessera
Version: $version
Section: science
Priority: optional
Architecture: $(dpkg --print-architecture)
Maintainer: the Tessera developers <tessera@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Recommends: libcurl4, ca-certificates, libopenblas0
Description: embeddings of text and of images, and search by both
 Encodes texts, pictures, and both in one vector, with BERT, XLM-RoBERTa, CLIP,
 Visualized-BGE, BGE-M3 and others; indexes folders, searches them exactly, and
 shows what a model computes. One program, without a machine-learning runtime.
END
dpkg-deb --root-owner-group -Zgzip --build "$root" "$scratch/tessera_${version}_$(dpkg --print-architecture).deb"

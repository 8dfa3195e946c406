#!/bin/sh
# Draws every icon anew from the SVG files (Debian: librsvg2-bin, imagemagick, icnsutils).
set -eu
cd "$(dirname "$0")"
draw() { rsvg-convert --width "$2" --height "$2" --output "$3" "$1"; }
draw icon.svg 32 32x32.png
draw icon.svg 128 128x128.png
draw icon.svg 256 128x128@2x.png
draw icon.svg 512 icon.png
for state in receiving attention not-receiving; do draw "tray-$state.svg" 64 "tray-$state.png"; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for size in 16 24 32 48 64 256; do draw icon.svg $size "$work/$size.png"; done
convert "$work/16.png" "$work/24.png" "$work/32.png" "$work/48.png" "$work/64.png" "$work/256.png" icon.ico
png2icns icon.icns 32x32.png 128x128.png 128x128@2x.png icon.png >/dev/null

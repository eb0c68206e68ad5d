# shellcheck shell=bash disable=SC2034,SC2154
# Building everything that cutape is made of, and laying it out as it is installed. Sourced after setup.sh.

# Imports that Package.swift does not declare are errors, and so are warnings. `swift test` must be called with the same
# flags, or it builds again.
swift_flags=(--explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)

# lay_out BIN DESTINATION: copies what was built to where `cutape` looks for it, seen from itself: the command and the
# emulator from the folder of built Swift products, the C libraries from shim/build, and the header.
lay_out() {
  local bin=$1 destination=$2 library
  mkdir -p "$destination/bin" "$destination/include" "$destination/lib/cutape/emulated"
  replace "$bin/cutape" "$destination/bin/cutape"
  replace "$root/shim/include/cutape.h" "$destination/include/cutape.h"
  for library in libcutape.so libcutape-audit.so; do
    replace "$root/shim/build/$library" "$destination/lib/cutape/$library"
  done
  for library in "$bin/libcutape-emulator.so" "$root"/shim/build/emulated/*; do
    replace "$library" "$destination/lib/cutape/emulated/$(basename "$library")"
  done
}

# replace FROM TO: puts a file in place in one step, so that a program that is running keeps the old one.
replace() {
  cmp -s "$1" "$2" && return 0
  cp -p "$1" "$2.new"
  mv "$2.new" "$2"
}

# shellcheck shell=bash disable=SC2034
# What the tools share: where things are, what must be installed, and the CUDA toolchain from PyPI.
# Sourced, never run. Everything it prints goes to standard error, so that a tool's own output stays clean.
#
#   root           the repository
#   CUTAPE_CUDA13  CUDA 13.0: bin/nvcc, include/, lib/libcudart.so.13   (after ensure_cuda)
#   CUTAPE_CUDA12  CUDA 12.9: include/, lib/libcudart.so.12             (after ensure_cuda)
#
# A set CUTAPE_CUDA13 or CUTAPE_CUDA12 is used as it is.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
prefix="$root/.build/prefix"

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# Prints the comment at the head of the calling tool: the text of its --help.
usage() { awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"; }

# has_header NAME: whether the C compiler finds <NAME>.
has_header() { printf '#include <%s>\n' "$1" | cc -fsyntax-only -x c - 2>/dev/null; }

# Prints the Debian packages whose parts are missing, one a line.
missing_packages() {
  command -v cc >/dev/null || printf 'gcc\n'
  command -v g++ >/dev/null || printf 'g++\n'
  command -v make >/dev/null || printf 'make\n'
  command -v readelf >/dev/null || printf 'binutils\n'
  has_header stdlib.h || printf 'libc6-dev\n'
  has_header sqlite3.h || printf 'libsqlite3-dev\n'
  has_header elfutils/libdwfl.h || printf 'libdw-dev\n'
  python3 -m pip --version >/dev/null 2>&1 || printf 'python3-pip\n'
}

# Installs what the build and the tests need from the system, or says what to install and ends.
ensure_packages() {
  command -v swift >/dev/null || die "swift is not installed: version 6.3 or later is needed (swift.org/install)"
  local packages
  packages=$(missing_packages | sort -u | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  local become=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || die "please install: $packages(as root: apt-get install $packages)"
    become=(sudo -n)
  fi
  command -v apt-get >/dev/null || die "no apt-get here; please install what these Debian packages hold: $packages"
  say "installing $packages"
  "${become[@]}" apt-get update -qq >&2
  # shellcheck disable=SC2086  # a list of words
  "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null ||
    die "apt-get could not install: $packages"
}

# Fetches the CUDA compiler, headers and runtimes once, into a folder outside the tree. Their versions and hashes are
# in cuda-requirements.txt; its own hash names the folder, so another set of versions is another folder.
ensure_cuda() {
  if [ -n "${CUTAPE_CUDA13:-}" ] && [ -n "${CUTAPE_CUDA12:-}" ]; then
    export CUTAPE_CUDA13 CUTAPE_CUDA12
    return 0
  fi
  local requirements="$root/tools/lib/cuda-requirements.txt" caches="${XDG_CACHE_HOME:-$HOME/.cache}/cutape" name
  name="cuda-13.0-12.9-$(sha256sum <"$requirements" | cut -c 1-12)"
  if [ ! -d "$caches/$name" ]; then
    [ "$(uname -m)" = x86_64 ] || die "the CUDA toolchain is pinned for x86_64 alone: set CUTAPE_CUDA13 and CUTAPE_CUDA12"
    say "fetching the CUDA 13.0 compiler and the 13.0 and 12.9 runtimes (115 MiB, once) into $caches/$name"
    mkdir -p "$caches"
    local fetched
    fetched=$(mktemp -d "$caches/fetching.XXXXXX")
    python3 -m pip install --quiet --disable-pip-version-check --no-input --root-user-action ignore --no-deps --no-compile --only-binary :all: \
      --require-hashes --target "$fetched" -r "$requirements" >&2 ||
      die "pip could not fetch the CUDA toolchain: see above, or set CUTAPE_CUDA13 and CUTAPE_CUDA12"
    # The wheels have no development link, and nvcc looks in lib64.
    ln -s libcudart.so.13 "$fetched/nvidia/cu13/lib/libcudart.so"
    ln -s lib "$fetched/nvidia/cu13/lib64"
    ln -s libcudart.so.12 "$fetched/nvidia/cuda_runtime/lib/libcudart.so"
    # Whoever is first wins; the loser's copy is the same and goes.
    mv -T "$fetched" "$caches/$name" 2>/dev/null || rm -rf "$fetched"
  fi
  export CUTAPE_CUDA13="${CUTAPE_CUDA13:-$caches/$name/nvidia/cu13}"
  export CUTAPE_CUDA12="${CUTAPE_CUDA12:-$caches/$name/nvidia/cuda_runtime}"
}

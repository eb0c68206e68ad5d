# shellcheck shell=bash disable=SC2034
# What the tools share: where things are, what must be installed, and the CUDA toolchain from PyPI.
# Sourced, never run. Everything it prints goes to standard error, so that a tool's own output stays clean.
#
#   root           the repository
#   CUTAPE_CUDA13  CUDA 13.0: bin/nvcc, include/, lib/libcudart.so.13   (after ensure_cuda)
#   CUTAPE_CUDA12  CUDA 12.9: include/, lib/libcudart.so.12             (after ensure_cuda)
#   CUTAPE_CLIENTS Python packages that call CUDA, or nothing           (after ensure_clients)
#
# Where they are set already they are used as they are.

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

# fetch_wheels NAME REQUIREMENTS: installs Python packages into a folder of the cache outside the tree, once, and prints
# its path. Versions and hashes are in the file of requirements, whose own hash is part of the folder's name. The folder
# is made ready by `prepare FOLDER` if that is a function.
fetch_wheels() {
  local name requirements=$2 caches="${XDG_CACHE_HOME:-$HOME/.cache}/cutape" fetched
  name="$1-$(sha256sum <"$requirements" | cut -c 1-12)"
  if [ ! -d "$caches/$name" ]; then
    say "fetching into $caches/$name, once"
    mkdir -p "$caches"
    fetched=$(mktemp -d "$caches/fetching.XXXXXX")
    python3 -m pip install --quiet --disable-pip-version-check --no-input --root-user-action ignore --no-deps --no-compile --only-binary :all: \
      --require-hashes --target "$fetched" -r "$requirements" >&2 || { rm -rf "$fetched" && return 1; }
    if declare -F prepare >/dev/null; then prepare "$fetched"; fi
    # Whoever is first wins; the loser's copy is the same and goes.
    mv -T "$fetched" "$caches/$name" 2>/dev/null || rm -rf "$fetched"
  fi
  printf '%s\n' "$caches/$name"
}

# Fetches the CUDA compiler, headers and runtimes (115 MiB) once.
ensure_cuda() {
  if [ -z "${CUTAPE_CUDA13:-}" ] || [ -z "${CUTAPE_CUDA12:-}" ]; then
    [ "$(uname -m)" = x86_64 ] || die "the CUDA toolchain is pinned for x86_64 alone: set CUTAPE_CUDA13 and CUTAPE_CUDA12"
    local folder
    # The wheels have no development link, and nvcc looks in lib64.
    prepare() {
      ln -s libcudart.so.13 "$1/nvidia/cu13/lib/libcudart.so"
      ln -s lib "$1/nvidia/cu13/lib64"
      ln -s libcudart.so.12 "$1/nvidia/cuda_runtime/lib/libcudart.so"
    }
    folder=$(fetch_wheels cuda-13.0-12.9 "$root/tools/lib/cuda-requirements.txt") ||
      die "pip could not fetch the CUDA toolchain: see above, or set CUTAPE_CUDA13 and CUTAPE_CUDA12"
    unset -f prepare
    CUTAPE_CUDA13="${CUTAPE_CUDA13:-$folder/nvidia/cu13}"
    CUTAPE_CUDA12="${CUTAPE_CUDA12:-$folder/nvidia/cuda_runtime}"
  fi
  export CUTAPE_CUDA13 CUTAPE_CUDA12
}

# Fetches the Python packages that the tests record (8 MiB) once, for the Python that is here. Without them, on a machine
# or a Python that they are not made for, what needs them is skipped.
ensure_clients() {
  local version
  version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  CUTAPE_CLIENTS=${CUTAPE_CLIENTS:-$(fetch_wheels "clients-$version" "$root/tools/lib/client-requirements.txt")} ||
    say "the Python packages for the tests could not be fetched: what needs them is skipped"
  export CUTAPE_CLIENTS
}

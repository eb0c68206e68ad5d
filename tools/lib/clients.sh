# shellcheck shell=bash disable=SC2034,SC2154
# Running Python packages that call CUDA with and without cutape. Sourced after setup.sh and steps.sh.
#
#   cutape    the built command
#   python    the interpreter that has the packages; after install_clients
#   trace     what `record` writes

cutape="$prefix/bin/cutape"
emulated="$prefix/lib/cutape/emulated"
trace="$logs/run.cutape"
record=("$cutape" record --force -q -o "$trace")

# install_clients FOLDER MODULES PACKAGE...: makes FOLDER an environment with these packages, unless the modules are there.
install_clients() {
  local folder=$1 modules=$2
  shift 2
  [ -x "$cutape" ] || die "cutape is not built: run tools/build first"
  python="$folder/bin/python"
  if ! "$python" -c "import $modules" 2>/dev/null; then
    say "installing $* in $folder"
    python3 -m venv "$folder"
    "$python" -m pip install --quiet --disable-pip-version-check "$@"
  fi
}

# same PLAIN... -- RECORDED...: both commands, each with the arguments in `program`, print and end alike. What cutape itself
# says is left out.
program=()
same() {
  local plain=() status=0 recorded=0
  while [ "$1" != -- ]; do plain+=("$1") && shift; done
  shift
  "${plain[@]}" "${program[@]}" >"$logs/plain" 2>&1 || status=$?
  "$@" "${program[@]}" >"$logs/recorded" 2>&1 || recorded=$?
  sed -i '/^cutape: /d' "$logs/plain" "$logs/recorded"
  diff -u "$logs/plain" "$logs/recorded" && [ "$status" -eq "$recorded" ] && cat "$logs/plain"
}

# Without a driver, the program does what it does without cutape; and so it does on the stand-ins.
alone() { same env -- "${record[@]}" --; }
on_stand_ins() { same env "LD_AUDIT=$emulated/libcutape-search.so" -- "${record[@]}" --emulate --; }

# printed LINE: the recorded program printed it.
printed() { cat "$logs/recorded" && grep -qx "$1" "$logs/recorded"; }

# whole_and_clean COPIES: the trace has at least as many copies, none was lost, and nothing is found in it.
whole_and_clean() {
  "$cutape" check "$trace" && "$cutape" replay --strict "$trace" &&
    [ "$("$cutape" dump "$trace" | grep -Ec ' (cuMemcpy|cudaMemcpy)')" -ge "$1" ]
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

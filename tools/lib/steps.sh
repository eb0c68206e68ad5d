# shellcheck shell=bash disable=SC2034
# Tests that are commands, counted. Sourced, never run.
#
#   logs    a folder for what commands print; it goes when the tool ends
#   passed  how many commands succeeded; failed: how many did not

passed=0 failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# step NAME COMMAND...: one test that is a command. Its output is shown when it fails.
step() {
  local name=$1
  shift
  if "$@" >"$logs/step" 2>&1; then
    passed=$((passed + 1))
    echo "ok       $name"
  else
    failed=$((failed + 1))
    cat "$logs/step"
    echo "FAILED   $name"
  fi
}

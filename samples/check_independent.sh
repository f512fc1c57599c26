#!/usr/bin/env bash
# Lets programs of other people read the event logs that the writer wrote: evtxexport (libevtx) and
# python-evtx. Installs what is missing. (Dumps are read by such programs in tests.) Then builds the drivers
# anew, where the compiler is the one that built them.
#
#   samples/check_independent.sh [FOLDER]     FOLDER: samples to check, else those beside this script
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
samples=$(cd "${1:-$here}" && pwd)
work=${TMPDIR:-/tmp}/hvtriage-independent
mkdir -p "$work"

quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if ! command -v evtxexport >/dev/null 2>&1; then
    quietly as_root apt-get update
    quietly as_root apt-get install -y --no-install-recommends libevtx-utils
fi
if ! command -v xmllint >/dev/null 2>&1; then
    quietly as_root apt-get update
    quietly as_root apt-get install -y --no-install-recommends libxml2-utils
fi
if ! "$work/venv/bin/python" -c 'import Evtx' 2>/dev/null; then
    rm -rf "$work/venv"
    if ! quietly python3 -m venv "$work/venv"; then
        quietly as_root apt-get update
        quietly as_root apt-get install -y --no-install-recommends python3-venv
        quietly python3 -m venv "$work/venv"
    fi
    quietly "$work/venv/bin/pip" install --quiet python-evtx==0.8.1
fi

"$work/venv/bin/python" "$here/check_independent.py" "$samples"

# The built drivers are what their sources make; another compiler makes others, which says nothing.
if clang --version 2>/dev/null | grep -q 'clang version 14\.0' && command -v lld-link llvm-rc >/dev/null; then
    rm -rf "$work/drivers"
    "$here/drivers/build.sh" "$work/drivers"
    diff -r "$work/drivers" "$here/drivers/built"
    echo "the drivers are what their sources make"
else
    echo "building the drivers left out: no clang 14 with lld and llvm"
fi

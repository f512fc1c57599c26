#!/usr/bin/env bash
# Measures hvtriage side by side with other readers of event logs, and prints the ratios of one run.
#
#   benches/compare.sh FOLDER [RUNS]    FOLDER: event logs, such as ../shared/corpus/evtx
#
# Needs Debian's libevtx-utils and python3-venv for two of the peers; without them these rows are left
# out. Everything is kept in target/compare.
set -euo pipefail
cd "$(dirname "$0")/.."
logs=$(cd "${1:?a folder with event logs}" && pwd)
runs=${2:-7}
tools=$PWD/target/compare
work=$tools/logs
# A backtrace for each damaged record would be measured, too.
unset RUST_BACKTRACE

cargo build --release --quiet -p hvtriage-cli -p hvtriage-samples --bins
cargo build --release --quiet -p hvtriage-benches --example walk
[ -x "$tools/bin/evtx_dump" ] ||
    cargo install --quiet --locked --root "$tools" evtx --version 0.15.1 --features fast-alloc
[ -x "$tools/bin/rg" ] || cargo install --quiet --locked --root "$tools" ripgrep
[ -x "$tools/venv/bin/python" ] || { python3 -m venv "$tools/venv" && "$tools/venv/bin/pip" -q install evtx; } || true

mkdir -p "$work"
[ -f "$work/big.evtx" ] || target/release/write-logs big 1024 "$work/big.evtx"
[ -d "$work/small" ] || target/release/write-logs small 10000 "$work/small"
rm -rf "$work/folder" "$work/several"
python3 benches/prepare.py "$logs" "$work"
exec python3 benches/measure.py "$tools" "$work" "$runs"

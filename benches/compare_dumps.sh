#!/usr/bin/env bash
# Measures `hvtriage dump` side by side with other readers of dumps, and prints the ratios of one run.
#
#   benches/compare_dumps.sh DUMPS [RUNS]    DUMPS: a folder with kernel/*.dmp and user/*.dmp
#
# A complete dump of 64 GiB is made of a sample: a run of 16 million pages more, without content, so that
# the file takes no room. Everything is kept in target/compare.
set -euo pipefail
cd "$(dirname "$0")/.."
dumps=$(cd "${1:?a folder with dumps}" && pwd)
runs=${2:-30}
tools=$PWD/target/compare
unset RUST_BACKTRACE

cargo build --release --quiet -p hvtriage-cli
cargo build --release --quiet -p hvtriage-benches --example kdmp
[ -x "$tools/bin/minidump-stackwalk" ] || cargo install --quiet --locked --root "$tools" minidump-stackwalk
exec python3 benches/measure_dumps.py "$tools" "$dumps" "$runs"

#!/usr/bin/env bash
# Very many facts, files and cases: a million facts as one case, a hundred thousand files, and a watch over a
# thousand cases beside `analyze` of the same files as one case and one after the other. Each row: elapsed
# time, processor time, peak memory (with the map of files).
#
#     benches/scale.sh [FOLDER]     FOLDER keeps what is written, 1.3 GB
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-$(mktemp -d)}
cargo build --release --quiet -p hvtriage-cli -p hvtriage-samples --bins
hvtriage=$PWD/target/release/hvtriage
if [ ! -d "$work/logs" ]; then
    target/release/write-hosts 1000000 "$work/logs"
    python3 benches/prepare_scale.py "$work/logs" "$work" 1000 100000
fi
cd "$work"
row() { printf '%-44s' "$1"; shift; /usr/bin/time -f '%e s  %U+%S s  %M KiB' "$@" 2>&1 >/dev/null | tail -1; }
row "a million facts, analyze to JSON" "$hvtriage" analyze logs --format json -o report.json
row "100,000 files, analyze" "$hvtriage" analyze many
row "1,000 cases as one, analyze to JSON" "$hvtriage" analyze cases --format json -o report.json
rm -rf reports
row "1,000 cases, watch --once --settle 0s" "$hvtriage" watch cases --out reports --once --settle 0s --format json
row "the same again, nothing new" "$hvtriage" watch cases --out reports --once --settle 0s --format json
each() { for case in cases/*; do "$hvtriage" analyze "$case" --format json -o report.json; done; }
export -f each; export hvtriage
row "1,000 cases, analyze one after the other" bash -c each

#!/usr/bin/env bash
# Measures hvtriage side by side with evtx_dump, which decodes every record of the same logs to JSON
# and is of the package that hvtriage reads logs with. Prints the ratios of one run.
#
#   benches/compare.sh FOLDER     FOLDER: event logs, such as ../shared/corpus/evtx/os
set -euo pipefail
cd "$(dirname "$0")/.."
logs=$(cd "${1:?a folder with event logs}" && pwd)
tools=$PWD/target/compare
work=$tools/logs

cargo build --release --quiet -p hvtriage-cli
[ -x "$tools/bin/hyperfine" ] || cargo install --quiet --locked --root "$tools" hyperfine --version 1.20.0
[ -x "$tools/bin/evtx_dump" ] || cargo install --quiet --locked --root "$tools" evtx --version 0.15.1

rm -rf "$work"
mkdir -p "$work/folder"
# A folder of thirty-two copies of each log, and one log of 128 MiB out of their chunks, which stand alone.
find "$logs" -name '*.evtx' -print | while read -r log; do
    for copy in $(seq 32); do cp "$log" "$work/folder/$copy-$(basename "$log")"; done
done
python3 - "$logs" "$work/big.evtx" <<'PYTHON'
import itertools, pathlib, sys
logs = sorted(pathlib.Path(sys.argv[1]).rglob("*.evtx"))
data = [log.read_bytes() for log in logs]
chunks = [d[at:at + 65536] for d in data for at in range(4096, len(d) - 65535, 65536)]
chunks = [chunk for chunk in chunks if chunk.startswith(b"ElfChnk\0")]
with open(sys.argv[2], "wb") as big:
    big.write(data[0][:4096])
    big.writelines(itertools.islice(itertools.cycle(chunks), 2048))
PYTHON

measure() {
    name=$1 path=$2
    shift 2
    printf '\n== %s, %s MiB\n' "$name" "$(du -sm "$path" | cut -f1)"
    "$tools/bin/hyperfine" --style basic --warmup 2 --runs 9 --export-markdown "$tools/$name.md" \
        -n 'hvtriage, 1 thread' "target/release/hvtriage analyze $path --jobs 1 --format json -o /dev/null" \
        -n 'hvtriage, 2 threads' "target/release/hvtriage analyze $path --jobs 2 --format json -o /dev/null" \
        "$@" | grep -vE '^ *$|Warning'
}
dump=$tools/bin/evtx_dump
measure folder "$work/folder" \
    -n 'evtx_dump, one process a file' "find $work/folder -name '*.evtx' -exec $dump -t 1 -o jsonl -f /dev/null --no-confirm-overwrite {} \\;"
measure big "$work/big.evtx" \
    -n 'evtx_dump, 1 thread' "$dump -t 1 -o jsonl -f /dev/null --no-confirm-overwrite $work/big.evtx" \
    -n 'evtx_dump, 2 threads' "$dump -t 2 -o jsonl -f /dev/null --no-confirm-overwrite $work/big.evtx"

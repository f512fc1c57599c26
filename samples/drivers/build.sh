#!/usr/bin/env bash
# Builds the stand-in drivers of the samples: samples/drivers/built. The same bytes come out whenever the
# tools are those that README.md names (Debian's clang, lld and llvm 14).
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target="--target=x86_64-pc-windows-msvc"
clang $target -c -O1 -ffreestanding -fno-builtin -funwind-tables -o "$work/storvsc.obj" storvsc.c
clang $target -c -o "$work/callback.obj" callback.s
llvm-rc /fo "$work/storvsc.res" storvsc.rc
(
    cd "$work"
    lld-link /driver /subsystem:native /entry:DriverEntry /nodefaultlib /debug /Brepro /base:0x140000000 \
        /pdbsourcepath:/samples /pdbaltpath:storvsc.pdb /pdb:storvsc.pdb /out:storvsc.sys callback.obj storvsc.obj storvsc.res
)
cp "$work/storvsc.sys" "$work/storvsc.pdb" built/

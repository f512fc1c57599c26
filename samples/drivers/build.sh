#!/usr/bin/env bash
# Builds the stand-in drivers of the samples. The same bytes come out whenever the tools are those that
# README.md names (Debian's clang, lld and llvm 14).
#
#   samples/drivers/build.sh [FOLDER]     FOLDER: where they go, else samples/drivers/built
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)/src
built=$(realpath "${1:-$source/../built}")
mkdir -p "$built"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

compile() {
    clang --target=x86_64-pc-windows-msvc -c -O1 -ffreestanding -fno-builtin -funwind-tables \
        -mno-stack-arg-probe -Wno-unused-command-line-argument -o "$1.obj" "$source/$1"
}

# image PDB entry original-name version company description objects...; more options for the linker stand in
# $options
link() {
    local image=$1 pdb=$2 entry=$3 original=$4 version=$5 company=$6 description=$7
    shift 7
    IFS=. read -r major minor build revision <<<"$version"
    sed -e "s/MAJOR,MINOR,BUILD,REVISION/$major,$minor,$build,$revision/" -e "s/COMPANY/\"$company\"/" \
        -e "s/DESCRIPTION/\"$description\"/" -e "s/ORIGINAL/\"$original\"/" -e "s/, VERSION/, \"$version\"/" \
        "$source/version.rc" >"$image.rc"
    llvm-rc /fo "$image.res" "$image.rc"
    # shellcheck disable=SC2086
    lld-link /driver /subsystem:native "/entry:$entry" /nodefaultlib /debug /Brepro /base:0x140000000 ${options:-} \
        /pdbsourcepath:/samples "/pdbaltpath:$pdb" "/pdb:$pdb" "/out:$image" "/map:$image.map" "$@" "$image.res"
    # What has a name: image, relative address, name.
    awk -v image="$image" '$1 ~ /^000[0-9]:[0-9a-f]+$/ && NF == 4 && $4 ~ /obj$/ {
        print image "\t0x" substr($3, length($3) - 6) "\t" $2 }' "$image.map" | LC_ALL=C sort >>symbols.tsv
    install -m 644 "$image" "$pdb" "$built"
}

rm -f "$built"/*
compile ntoskrnl.c
compile ntoskrnl.s
compile vmbus.c
compile storvsc.c
compile callback.s
compile cavflt.c
options="/export:KeBugCheckEx /export:NtBuildNumber,DATA" \
    link ntoskrnl.exe ntkrnlmp.pdb KiSystemStartup ntkrnlmp.exe 6.1.7601.17514 "hvtriage samples" \
    "Stand-in for the kernel" ntoskrnl.s.obj ntoskrnl.c.obj
link vmbus.sys vmbus.pdb DriverEntry vmbus.sys 6.1.7601.17514 "hvtriage samples" \
    "Stand-in for a bus driver" vmbus.c.obj
link storvsc.sys storvsc.pdb DriverEntry storvsc.sys 6.1.7601.17514 "hvtriage samples" \
    "Stand-in for a storage driver" callback.s.obj storvsc.c.obj
link cavflt.sys cavflt.pdb DriverEntry cavflt.sys 4.2.1043.7 "Contoso Antivirus" \
    "Stand-in for a file system filter" cavflt.c.obj
cp symbols.tsv "$built"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compiles the test objects and records what libbpf makes of them. Needs root, clang, llvm-objcopy, llvm-strip, libelf, zlib.
# LIBBPF: a directory with include/ and libbpf.a of the version to record.
set -e
cd "$(dirname "$0")/../objects"
: "${CLANG:=clang-19}" "${OBJCOPY:=llvm-objcopy-19}" "${STRIP:=llvm-strip-19}" "${LIBBPF:?}"
for source in *.bpf.c; do
	"$CLANG" -O2 -g -target bpf -mcpu=v3 -fdebug-compilation-dir=. -I"$LIBBPF/include" -I/usr/include/"$(uname -m)"-linux-gnu -c "$source" -o "${source%.c}.o"
	"$STRIP" -g "${source%.c}.o"
done
"$CLANG" -O2 -g -target bpf -c kernel.c -o kernel.o
"$OBJCOPY" --dump-section .BTF=kernel.btf kernel.o
rm kernel.o
cc -O1 -I"$LIBBPF/include" -o record.tmp ../record/record.c $EXTRA -Wl,--wrap=syscall "$LIBBPF/libbpf.a" -lelf -lz
KERNEL_CONFIG=kernel.config KERNEL_BTF=kernel.btf ./record.tmp ./*.bpf.o > libbpf.jsonl
rm record.tmp

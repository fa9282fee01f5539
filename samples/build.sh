#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compiles every sample to the object beside it; all of them, or those named. The committed objects were made with clang 19
# and come out identical with the same version. CLANG and STRIP name other programs.
set -eu
cd "$(dirname "$0")"
clang=${CLANG:-clang-19}
strip=${STRIP:-llvm-strip-19}
[ $# -gt 0 ] || set -- $(find . -name '*.bpf.c' | LC_ALL=C sort)
for source in "$@"; do
	object=${source%.c}.o
	# A sample says in its own first lines when it needs another version of the instructions than most kernels' programs.
	cpu=$(sed -n '1,3s|^// cpu: ||p' "$source")
	# -g is for BTF; the DWARF that comes with it goes. Paths are those below this folder.
	"$clang" -target bpf -O2 -g -mcpu="${cpu:-v3}" -Wall -Wextra -Werror -Wno-unused-const-variable -Wno-unused-parameter \
		-ffile-prefix-map="$PWD"=. -fdebug-compilation-dir=. -I include -c "$source" -o "$object"
	"$strip" -g "$object"
done

#!/usr/bin/env python3
"""Writes tests/Abi.Tests/Layouts/RELEASE.txt: what a C compiler says of the sizes, offsets and numbers in the uapi headers of a release.

    tests/Abi.Tests/record-layouts.py [--cc gcc] [RELEASE ...]

Names come from kernel-headers/RELEASE/abi.json, every number from the C program, compiled against the headers of
.cache/RELEASE (HeaderIngest restore). Needs a C compiler. Without releases: all that have headers.
"""
import argparse
import glob
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def statements(abi):
    uapi = abi["uapi"]
    for name in uapi["structs"]:
        layout = abi["structs"][name]
        kind = layout["kind"]
        yield f'printf("size {name} %zu\\n", sizeof({kind} {name}));'
        for member in layout["members"]:
            path = f"{name}.{member[0]}"
            if member[4:] == ["bitfield"]:
                # A bitfield has no address: set its bits and look which they are.
                yield (f'{{ {kind} {name} v; memset(&v, 0, sizeof v); v.{member[0]} = ~0ull; '
                       f'bits("{path}", (const unsigned char *)&v, sizeof v); }}')
            elif member[4:] == ["flexible"]:
                yield f'printf("member {path} %zu -\\n", offsetof({kind} {name}, {member[0]}));'
            else:
                yield (f'printf("member {path} %zu %zu\\n", offsetof({kind} {name}, {member[0]}), '
                       f'sizeof((({kind} {name} *)0)->{member[0]}));')
    names = set(uapi["macros"])
    for enum in uapi["enums"]:
        names.update(abi["enums"][enum]["values"])
    for name in sorted(names):
        yield f'printf("number {name} %lld\\n", (long long)({name}));'


PROLOGUE = """#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>
#include <linux/btf.h>

static void bits(const char *name, const unsigned char *bytes, size_t size)
{
	size_t first = size * 8, count = 0;
	for (size_t i = 0; i < size * 8; i++) {
		if (bytes[i / 8] >> (i % 8) & 1) {
			if (count++ == 0)
				first = i;
		}
	}
	printf("bits %s %zu %zu\\n", name, first, count);
}

int main(void)
{
"""


def record(release, compiler):
    abi = json.loads((ROOT / "kernel-headers" / release / "abi.json").read_text())
    common, = glob.glob(str(ROOT / ".cache" / release / "headers/usr/src/*-common"))
    configured = [d for d in glob.glob(str(ROOT / ".cache" / release / "headers/usr/src/*")) if d != common]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "layout.c")
        source.write_text(PROLOGUE + "\n".join("\t" + s for s in statements(abi)) + "\n\treturn 0;\n}\n")
        program = pathlib.Path(folder, "layout")
        # What the installed headers no longer include: the kernel strips it when it installs them.
        pathlib.Path(folder, "linux").mkdir()
        for name in ("compiler_types.h", "compiler.h"):
            pathlib.Path(folder, "linux", name).touch()
        include = [folder, common + "/include/uapi", common + "/arch/x86/include/uapi"]
        for root in configured:
            include += [root + "/arch/x86/include/generated/uapi", root + "/include/generated/uapi"]
        subprocess.run([compiler, "-D__EXPORTED_HEADERS__", "-D__user=", "-w", "-o", program, source] + [f"-I{path}" for path in include], check=True)
        text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    target = ROOT / "tests/Abi.Tests/Layouts" / f"{release}.txt"
    target.write_text(text)
    print(f"{target.relative_to(ROOT)}: {text.count(chr(10))} lines")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("releases", nargs="*")
    parser.add_argument("--cc", default="cc")
    arguments = parser.parse_args()
    catalog = json.loads((ROOT / "kernel-headers/catalog.json").read_text())
    for release in arguments.releases or catalog["headers"]:
        record(release, arguments.cc)


if __name__ == "__main__":
    sys.exit(main())

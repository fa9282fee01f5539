#!/usr/bin/env python3
"""Records what a kernel computes of constants: its verifier folds them, and its log says what came out.

    record.py script > arithmetic.script
    dotnet run --project tests/Oracle -- ask --kernel 6.18 --script arithmetic.script --out OUT.jsonl --logs LOGS
    record.py read LOGS > arithmetic.txt

A line of the result: opcode, offset, immediate, first operand, second operand, result; of a jump the result is 1 if it is
taken. Operations whose result the verifier does not fold (division, byte swaps) are not in it."""
import glob, random, re, struct, sys

EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
         0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xffffffff80000000, 0x123456789abcdef0]


def cases():
    dice = random.Random(1)
    for alu in (4, 7):
        for op in (0x00, 0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x80, 0xa0, 0xb0, 0xc0):
            for _ in range(24):
                a, b = dice.choice(EDGES), dice.choice(EDGES + [dice.getrandbits(64)])
                if op in (0x60, 0x70, 0xc0):
                    b = dice.randrange(64 if alu == 7 else 32)
                offsets = [0] if op != 0xb0 else [0, 8, 16] + ([32] if alu == 7 else [])
                yield alu | op | (0 if op == 0x80 else 8), dice.choice(offsets), a, b
    for jump in (5, 6):
        for op in (0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0):
            for _ in range(24):
                a = dice.choice(EDGES)
                yield jump | op | 8, 1, a, dice.choice(EDGES + [a, a])


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhI", code, dst | src << 4, off, imm & 0xffffffff)


def load(register, value):
    return insn(0x18, register, imm=value) + insn(0, imm=value >> 32)


def script():
    for number, (code, off, a, b) in enumerate(cases()):
        text = load(1, a) + load(2, b) + insn(code, 1, 0 if code & 0xf0 == 0x80 and code & 7 in (4, 7) else 2, off)
        text += insn(0xb7, 3) + insn(0xb7, 0) + insn(0x95)
        print(f"case c{number:04}\nprog type=1 license=GPL\ninsns {text.hex()}\nend")


def read(folder):
    for number, (code, off, a, b) in enumerate(cases()):
        log = open(glob.glob(f"{folder}/**/*c{number:04}*l2.log", recursive=True)[0]).read()
        if code & 7 in (5, 6):
            result = 0 if re.search(r"^5: \(b7\)", log, re.M) else 1
        else:
            found = re.search(r"^4: .*; R1(?:_w)?=P?(-?(?:0x)?[0-9a-f]+)(?: |$)", log, re.M)
            if not found:
                continue
            result = int(found[1], 0) & (1 << 64) - 1
        print(f"{code:x} {off} 0 {a:x} {b:x} {result:x}")


script() if sys.argv[1] == "script" else read(sys.argv[2])

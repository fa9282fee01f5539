#!/usr/bin/env python3
"""Reads out of kernel images what their verifiers make of struct_ops programs: HeaderIngest/struct_ops.json.

    record-struct-ops.py EMULATOR-DIRECTORY RELEASE=VMLINUZ... > struct_ops.json

EMULATOR-DIRECTORY holds kimg.py (symbols and types of an image) and kemu.py (an x86 emulator that runs its functions),
which made the kernel-facts files too. For every struct that struct_ops programs may implement the image's own callbacks
are run: check_member and get_func_proto for each member, btf_struct_access for each type, offset and size.
"""
import json, struct, sys

sys.path.insert(0, sys.argv[1])
import kemu
from kemu import HEAP
from unicorn.x86_const import UC_X86_REG_EDX, UC_X86_REG_ESI, UC_X86_REG_RDX, UC_X86_REG_RSI

STRUCT, PTR, FUNC_PROTO, STRUCT_OPS_PROGRAM = 4, 2, 13, 27
READ, WRITE = 1, 2
TYPES_AT, LOG, TYPES, REG = 0x50000000, HEAP + 0xa000, HEAP + 0xb000, HEAP + 0x9000
GENERIC_WALK = 0x77         # what the stub of btf_struct_access answers
LONGEST_FIELD = 1024
PREFIX = 'bpf_struct_ops_'
# Types some struct_ops lets programs store into, and one that none does.
STORED = ('tcp_sock', 'bpf_dummy_ops_state', 'task_struct', 'Qdisc', 'sk_buff')
STRANGER = 'cgroup'


def signed(value):
    return struct.unpack('<i', struct.pack('<I', value & 0xffffffff))[0]


class Image:
    def __init__(self, release, path):
        # Old callbacks take a type instead of a register, the oldest without the types it belongs to.
        self.old = release in ('5.10', '6.1')
        self.owner = [] if release == '5.10' else [TYPES]
        self.facts = kemu.Facts(path)
        self.im, self.emu = self.facts.im, self.facts.e
        self.btf, self.uc, self.symbols = self.im.btf, self.emu.u, self.im.ks
        self.logged = []
        self.place_types()
        for name, stub in (('btf_type_by_id', lambda: self.type_at(self.uc.reg_read(UC_X86_REG_ESI))), ('btf_find_by_name_kind', self.find_type),
                           ('bpf_log', self.log), ('btf_struct_access', lambda: GENERIC_WALK)):
            for address, _ in self.symbols.addr.get(name, []):
                if address not in self.emu.stub:
                    self.uc.hook_add(kemu.UC_HOOK_CODE, self.emu.on_stub, begin=address, end=address)
                self.emu.stub[address] = (name, stub)
        # What the init callbacks leave behind.
        for variable, type_name in (('tcp_congestion_ops_type', 'tcp_congestion_ops'), ('tcp_sock_type', 'tcp_sock'), ('task_struct_type', 'task_struct')):
            for address, _ in self.symbols.addr.get(variable, []):
                self.uc.mem_write(address, struct.pack('<Q', self.type_at(self.btf.find(STRUCT, type_name))))

    def place_types(self):
        data = self.im.elf.secdata('.BTF')
        header, types, length = struct.unpack_from('<4xIII', data)
        self.offsets, at = [0], 0
        while at < length:
            self.offsets.append(header + types + at)
            _, info, _ = struct.unpack_from('<III', data, header + types + at)
            kind, count = info >> 24 & 31, info & 0xffff
            per = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}.get(kind, 0)
            at += 12 + {1: 4, 3: 12, 14: 4, 17: 4}.get(kind, 0) + per * count
        assert len(self.offsets) == len(self.btf.types)
        self.uc.mem_map(TYPES_AT, (len(data) + 0x1fff) & ~0xfff)
        self.uc.mem_write(TYPES_AT, bytes(data))

    def type_at(self, id_):
        return TYPES_AT + self.offsets[id_]

    def text(self, address):
        text = b''
        while (byte := bytes(self.uc.mem_read(address, 1))) != b'\0':
            text += byte
            address += 1
        return text.decode()

    def find_type(self):
        return self.btf.find(self.uc.reg_read(UC_X86_REG_EDX), self.text(self.uc.reg_read(UC_X86_REG_RSI))) or (1 << 64) - 2

    def log(self):
        self.logged.append(self.text(self.uc.reg_read(UC_X86_REG_RSI)))
        return 0

    def call(self, function, *args):
        self.logged.clear()
        result = self.emu.call(function, *args)
        assert result is not None, self.symbols.at(function)
        return signed(result)

    def members(self, name):
        return {n: (offset, bits, type_) for n, offset, bits, type_ in self.btf.members(self.btf.find(STRUCT, name))}

    def symbol(self, address, suffix=''):
        names = self.symbols.at(address) if address else []
        return next((n for n in names if n.endswith(suffix)), names[0] if names else None)

    def word(self, base, layout, member):
        return self.im.u(base + layout[member][0] // 8, 8) if member in layout else 0

    def program(self, ops, member, offset, sleepable):
        program = self.facts.prog(STRUCT_OPS_PROGRAM, member, sleepable)
        for field, value in (('attach_st_ops_member_off', offset), ('st_ops', ops)):
            if field in self.facts.am:
                self.facts.setbits(HEAP + 0x2000, self.facts.am[field], value)
        return program

    def functions(self, type_id):
        """Members that are pointers to functions: name, index, byte offset."""
        type_ = self.btf.types[type_id]
        for index, (name, member_type, offset) in enumerate(type_['m']):
            pointer = self.btf.types[self.btf.skip(member_type)]
            if pointer['kind'] == PTR and pointer['size'] and self.btf.types[self.btf.skip(pointer['size'])]['kind'] == FUNC_PROTO:
                yield self.btf.nm(name), index, (offset & 0xffffff if type_['kf'] else offset) // 8

    def helpers(self, get_func_proto, program):
        protos = {}
        for id_, helper in self.facts.fid.items():
            # The first call about a tracing helper trips over what it does once.
            proto = self.emu.call(get_func_proto, id_, program()) if id_ else 0
            if proto is None:
                proto = self.emu.call(get_func_proto, id_, program())
            if proto:
                protos[helper] = self.symbol(proto, 'proto')
        return protos

    def access(self, callback, type_id, offset, size, access=WRITE):
        if self.old:
            return self.call(callback, LOG, *self.owner, self.type_at(type_id), offset, size, access)
        layout = self.members('bpf_reg_state')
        self.uc.mem_write(REG, b'\0' * 256)
        self.uc.mem_write(REG + layout['btf_id'][0] // 8, struct.pack('<I', type_id))
        self.uc.mem_write(REG + layout['btf'][0] // 8, struct.pack('<Q', TYPES))
        return self.call(callback, LOG, REG, offset, size)

    def stores(self, callback):
        """By type, runs [first offset, last offset, end] of stores that are allowed; and how others are refused."""
        allowed, refusals = {}, ['', '', '']
        for name in STORED:
            type_id = self.btf.find(STRUCT, name)
            if not type_id:
                continue
            runs, size = [], self.btf.types[type_id]['size']
            for offset in range(size):
                if self.access(callback, type_id, offset, 1) < 0:
                    continue
                low, high = 1, LONGEST_FIELD
                while low < high:
                    middle = (low + high + 1) // 2
                    low, high = (middle, high) if self.access(callback, type_id, offset, middle) >= 0 else (low, middle - 1)
                end = None if low == LONGEST_FIELD else offset + low
                if runs and runs[-1][1] == offset - 1 and runs[-1][2] == end:
                    runs[-1][1] = offset
                else:
                    runs.append([offset, offset, end])
            if not runs:
                continue
            # Without an end the generic walk over the type decides.
            allowed[name] = runs if runs[0][2] is not None else None
            if allowed[name]:
                assert self.access(callback, type_id, 0 if runs[0][0] else runs[-1][2], 1) < 0
                refusals[1] = ''.join(self.logged)
                self.access(callback, type_id, runs[0][0], LONGEST_FIELD)
                refusals[2] = ''.join(self.logged)
        self.access(callback, self.btf.find(STRUCT, STRANGER), 0, 1)
        refusals[0] = ''.join(self.logged)
        reads = self.old and self.access(callback, self.btf.find(STRUCT, STRANGER), 0, 1, READ) < 0
        return allowed, refusals, reads

    def struct_ops(self, name, address):
        layout, callbacks = self.members('bpf_struct_ops'), self.members('bpf_verifier_ops')
        type_id = self.btf.find(STRUCT, name)
        if 'type' in layout:
            self.uc.mem_write(address + layout['type'][0] // 8, struct.pack('<Q', self.type_at(type_id)))
        verifier_ops, check, stubs = (self.word(address, layout, m) for m in ('verifier_ops', 'check_member', 'cfi_stubs'))
        get_func_proto, access = (self.word(verifier_ops, callbacks, m) for m in ('get_func_proto', 'btf_struct_access'))
        members, helpers = {}, {}
        for member, index, offset in self.functions(type_id):
            stub = self.im.u(stubs + offset, 8) if stubs else 0
            refusals = [524, 524] if stubs and not stub else [0, 0]
            for sleepable in (0, 1) if check and not refusals[0] else ():
                refusals[sleepable] = -self.call(check, self.type_at(type_id), self.type_at(type_id) + 12 + 12 * index, self.program(address, index, offset, sleepable))
            members[member] = {'stub': self.symbol(stub), 'refused': refusals[0], 'refused_sleepable': refusals[1]}
            helpers[member] = self.helpers(get_func_proto, lambda: self.program(address, index, offset, 0)) if get_func_proto else {}
        every = {h: p for protos in helpers.values() for h, p in protos.items()}
        withheld = {m: sorted(every.keys() - protos.keys()) for m, protos in helpers.items() if protos != every}
        stores, refusals, reads = self.stores(access)
        return {'verifier_ops': self.symbol(verifier_ops), 'members': members, 'helpers': dict(sorted(every.items())), 'withheld': withheld,
                'stores': stores, 'refusals': refusals, 'reads': reads}

    def all(self):
        names = sorted(n[len(PREFIX):] for n in (self.btf.nm(t['name']) for t in self.btf.types[1:] if t['kind'] == STRUCT) if n.startswith(PREFIX))
        return {n: self.struct_ops(n, self.symbols.addr['bpf_' + n][0][0]) for n in names if 'bpf_' + n in self.symbols.addr}


def text(value, depth=0):
    """JSON with a line for each release, struct, property and member."""
    if not isinstance(value, dict) or depth > 3 or not any(isinstance(v, (dict, list)) for v in value.values()):
        return json.dumps(value)
    return '{\n' + ',\n'.join(' ' * (depth + 1) + json.dumps(k) + ': ' + text(v, depth + 1) for k, v in value.items()) + '\n' + ' ' * depth + '}'


print(text({release: Image(release, path).all() for release, path in (a.split('=') for a in sys.argv[2:])}))

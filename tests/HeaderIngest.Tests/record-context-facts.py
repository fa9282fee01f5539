#!/usr/bin/env python3
"""Records what the kernel-facts files say about context accesses, for ContextRunsTests: per release and program type the number of
accesses and the sha256 of the list "offset:size:access type field-size", one a line, sorted by these.

    record-context-facts.py FACTS-DIRECTORY RELEASE... > context-facts.json
"""
import hashlib, json, sys

out = {}
for release in sys.argv[2:]:
    with open(f'{sys.argv[1]}/{release}.json') as f:
        facts = json.load(f)
    out[release] = {}
    for program_type, accesses in sorted(facts['ctx'].items()):
        rows = []
        for key, (register_type, field_size) in accesses.items():
            offset, size, access = key.split(':')
            rows.append((int(offset), int(size), access, register_type, field_size))
        text = ''.join('%d:%d:%s %s %d\n' % row for row in sorted(rows))
        out[release][program_type] = {'count': len(rows), 'sha256': hashlib.sha256(text.encode()).hexdigest()}
json.dump(out, sys.stdout, indent=1)
print()

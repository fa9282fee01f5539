/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test asks for before its load, and the load written as a case of a load script. Part of tables.c. */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Made-up numbers: each is its kind's first and the place in the list below. */
#define FIRST_MAP 0x5a17e000
#define FIRST_BTF 0x5a27e000
#define FIRST_TYPE 0x5a37e000
#define DUMMY_PROGRAM 0x5a47e000
#define MOST 64

struct noted_map {
	unsigned type, key_size, value_size, max_entries, flags, btf_fd, key_type, value_type;
	unsigned long long extra;
	const char *name;
	int inner;			/* descriptor, 0 if none */
	unsigned char *initial;		/* value of element 0, or NULL */
};

struct noted_load {
	unsigned type, attach_type, flags, attach_btf_id, btf_fd, func_info_size, func_info_count;
	const void *func_info;
	const char *license;
	const struct bpf_insn *insns;
	size_t count;
};

static struct {
	struct noted_map maps[MOST];
	struct { unsigned char *data; size_t size; } types[MOST];
	char *names[MOST];		/* "KIND:NAME" of type ids */
	int map_count, types_count, name_count, loads;
} noted;

static FILE *script;
static char table[128], test_name[200];

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", table, test_name, what);
	exit(1);
}

static int next(int *count)
{
	if (*count == MOST)
		fail("too many maps, types or names");
	return (*count)++;
}

static void write_hex(const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(script, "%02x", ((const unsigned char *)data)[i]);
}

static void write_nonzero(const char *key, unsigned long long value)
{
	if (value)
		fprintf(script, " %s=%llu", key, value);
}

static void write_types(unsigned fd, unsigned *written)
{
	if (!fd || fd == *written)
		return;
	fprintf(script, "btf ");
	write_hex(noted.types[fd - FIRST_BTF].data, noted.types[fd - FIRST_BTF].size);
	fprintf(script, "\n");
	*written = fd;
}

static void write_map(const struct noted_map *m, unsigned *types)
{
	write_types(m->btf_fd, types);
	fprintf(script, "map type=%u key=%u value=%u max=%u", m->type, m->key_size, m->value_size, m->max_entries);
	if (m->name)
		fprintf(script, " name=%s", m->name);
	write_nonzero("flags", m->flags);
	write_nonzero("extra", m->extra);
	if (m->inner)
		fprintf(script, " inner=%d", m->inner - FIRST_MAP);
	write_nonzero("btf_key", m->key_type);
	write_nonzero("btf_value", m->value_type);
	if (m->initial) {
		fprintf(script, " init=");
		write_hex(m->initial, m->value_size);
	}
	fprintf(script, "\n");
}

static int is_wide(const struct bpf_insn *insn) { return insn->code == (BPF_LD | BPF_IMM | BPF_DW); }

static int is_map(const struct bpf_insn *insn) { return insn->imm >= FIRST_MAP && insn->imm < FIRST_MAP + noted.map_count; }

static int is_name(const struct bpf_insn *insn) { return insn->imm >= FIRST_TYPE && insn->imm < FIRST_TYPE + noted.name_count; }

static void write_insns(const struct noted_load *load)
{
	fprintf(script, "insns ");
	for (size_t i = 0; i < load->count; i++) {
		struct bpf_insn insn = load->insns[i];

		if (is_map(&insn) || is_name(&insn))
			insn.imm = 0;
		write_hex(&insn, sizeof(insn));
	}
	fprintf(script, "\n");
	for (size_t i = 0; i < load->count; i++) {
		const struct bpf_insn *insn = &load->insns[i];

		if (is_map(insn) && is_wide(insn) && insn->src_reg == BPF_PSEUDO_MAP_FD)
			fprintf(script, "mapfd %zu %d\n", i, insn->imm - FIRST_MAP);
		else if (is_map(insn) && is_wide(insn) && insn->src_reg == BPF_PSEUDO_MAP_VALUE)
			fprintf(script, "mapfd %zu %d value\n", i, insn->imm - FIRST_MAP);
		else if (is_name(insn) && insn->code == (BPF_JMP | BPF_CALL))
			fprintf(script, "kfunc %zu %s\n", i, strchr(noted.names[insn->imm - FIRST_TYPE], ':') + 1);
		else if (is_map(insn) || is_name(insn))
			fail("a made-up number in an instruction that takes none");
	}
}

static void write_load(const struct noted_load *load)
{
	unsigned types = 0;

	fprintf(script, "case %s\n", test_name);
	for (int i = 0; i < noted.map_count; i++)
		write_map(&noted.maps[i], &types);
	write_types(load->btf_fd, &types);
	fprintf(script, "prog type=%u", load->type);
	write_nonzero("attach_type", load->attach_type);
	write_nonzero("flags", load->flags);
	fprintf(script, " license=%s", load->license);
	if (load->attach_btf_id)
		fprintf(script, " attach=%s", noted.names[load->attach_btf_id - FIRST_TYPE]);
	fprintf(script, "\n");
	write_insns(load);
	if (load->func_info_count) {
		fprintf(script, "func_info %u ", load->func_info_size);
		write_hex(load->func_info, (size_t)load->func_info_size * load->func_info_count);
		fprintf(script, "\n");
	}
	fprintf(script, "end\n");
	noted.loads++;
}

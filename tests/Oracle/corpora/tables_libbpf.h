/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the functions of libbpf that test_verifier.c calls before a load and for it: of 1.0 and later, or
 * with LIBBPF_BEFORE_1 of the earlier ones. The macros hand its calls to them. Part of tables.c.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>

static int note_map(struct noted_map map)
{
	int at = next(&noted.map_count);

	noted.maps[at] = map;
	return FIRST_MAP + at;
}

static int note_types(const void *data, size_t size)
{
	int at = next(&noted.types_count);

	noted.types[at].data = memcpy(malloc(size), data, size);
	noted.types[at].size = size;
	return FIRST_BTF + at;
}

static int note_name(const char *kind, const char *prefix, const char *name)
{
	int at = next(&noted.name_count);

	if (asprintf(&noted.names[at], "%s:%s%s", kind, prefix, name) < 0)
		fail("no memory");
	return FIRST_TYPE + at;
}

static int tables_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)
{
	struct noted_map *map = &noted.maps[fd - FIRST_MAP];

	(void)flags;
	/* the programs in an array of programs are nothing the verifier looks at */
	if (map->type == BPF_MAP_TYPE_PROG_ARRAY)
		return 0;
	if (*(const int *)key)
		fail("fills an element that is not the first");
	map->initial = memcpy(malloc(map->value_size), value, map->value_size);
	return 0;
}

static int tables_find_vmlinux_btf_id(const char *name, enum bpf_attach_type attach_type)
{
	switch (attach_type) {
	case BPF_TRACE_RAW_TP:
		return note_name("typedef", "btf_trace_", name);
	case BPF_LSM_MAC:
		return note_name("func", "bpf_lsm_", name);
	case BPF_TRACE_ITER:
		return note_name("func", "bpf_iter_", name);
	default:
		return note_name("func", "", name);
	}
}

/* A load that failed because its program type is unknown is where the tests stop without looking further. */
static int end_of_test(void)
{
	errno = EINVAL;
	return -1;
}

static int tables_probe(void) { return 0; }

#define bpf_map_update_elem tables_map_update_elem
#define libbpf_find_vmlinux_btf_id tables_find_vmlinux_btf_id

#ifdef LIBBPF_BEFORE_1

static int tables_create_map_xattr(const struct bpf_create_map_attr *a)
{
	return note_map((struct noted_map){ .type = a->map_type, .key_size = a->key_size, .value_size = a->value_size,
		.max_entries = a->max_entries, .flags = a->map_flags, .name = a->name, .btf_fd = a->btf_fd,
		.key_type = a->btf_key_type_id, .value_type = a->btf_value_type_id });
}

static int tables_create_map(enum bpf_map_type type, int key_size, int value_size, int max_entries, uint32_t flags)
{
	return note_map((struct noted_map){ .type = type, .key_size = key_size, .value_size = value_size,
		.max_entries = max_entries, .flags = flags });
}

static int tables_create_map_in_map(enum bpf_map_type type, const char *name, int key_size, int inner, int max_entries, uint32_t flags)
{
	return note_map((struct noted_map){ .type = type, .key_size = key_size, .value_size = sizeof(uint32_t), .name = name,
		.max_entries = max_entries, .flags = flags, .inner = inner });
}

static int tables_load_btf(const void *data, uint32_t size, char *log, uint32_t log_size, bool log_wanted)
{
	(void)log, (void)log_size, (void)log_wanted;
	return note_types(data, size);
}

/* Only the dummies of program arrays are loaded with this. */
static int tables_load_program(enum bpf_prog_type type, const struct bpf_insn *insns, size_t count, const char *license,
			       uint32_t version, char *log, size_t log_size)
{
	(void)type, (void)insns, (void)count, (void)license, (void)version, (void)log, (void)log_size;
	return DUMMY_PROGRAM;
}

static int tables_load_program_xattr(const struct bpf_load_program_attr *a, char *log, size_t log_size)
{
	(void)log, (void)log_size;
	write_load(&(struct noted_load){ .type = a->prog_type, .attach_type = a->expected_attach_type, .flags = a->prog_flags,
		.attach_btf_id = a->attach_btf_id, .license = a->license, .insns = a->insns, .count = a->insns_cnt });
	return end_of_test();
}

#define bpf_create_map_xattr tables_create_map_xattr
#define bpf_create_map tables_create_map
#define bpf_create_map_in_map tables_create_map_in_map
#define bpf_load_btf tables_load_btf
#define bpf_load_program tables_load_program
#define bpf_load_program_xattr tables_load_program_xattr
#define bpf_probe_map_type(type, device) tables_probe()
#define bpf_probe_prog_type(type, device) tables_probe()

#else

static int tables_map_create(enum bpf_map_type type, const char *name, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries, const struct bpf_map_create_opts *o)
{
	static const struct bpf_map_create_opts none;

	if (!o)
		o = &none;
	return note_map((struct noted_map){ .type = type, .key_size = key_size, .value_size = value_size,
		.max_entries = max_entries, .flags = o->map_flags, .extra = o->map_extra, .name = name, .inner = o->inner_map_fd,
		.btf_fd = o->btf_fd, .key_type = o->btf_key_type_id, .value_type = o->btf_value_type_id });
}

static int tables_btf_load(const void *data, size_t size, const void *options)
{
	(void)options;
	return note_types(data, size);
}

static int tables_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *insns,
			    size_t count, const struct bpf_prog_load_opts *o)
{
	(void)name;
	if (!o)		/* the dummies of program arrays */
		return DUMMY_PROGRAM;
	write_load(&(struct noted_load){ .type = type, .attach_type = o->expected_attach_type, .flags = o->prog_flags,
		.attach_btf_id = o->attach_btf_id, .btf_fd = o->prog_btf_fd, .func_info = o->func_info,
		.func_info_size = o->func_info_rec_size, .func_info_count = o->func_info_cnt, .license = license,
		.insns = insns, .count = count });
	return end_of_test();
}

static struct btf *tables_load_vmlinux_btf(void)
{
	static char types;

	return (struct btf *)&types;
}

static int tables_find_by_name_kind(const struct btf *types, const char *name, uint32_t kind)
{
	(void)types;
	if (kind != BTF_KIND_FUNC)
		fail("looks for a type that is no function");
	return note_name("func", "", name);
}

static void tables_btf_free(struct btf *types) { (void)types; }

#define bpf_map_create tables_map_create
#define bpf_btf_load tables_btf_load
#define bpf_prog_load tables_prog_load
#define btf__load_vmlinux_btf tables_load_vmlinux_btf
#define btf__find_by_name_kind tables_find_by_name_kind
#define btf__free tables_btf_free
#define libbpf_probe_bpf_map_type(type, options) tables_probe()
#define libbpf_probe_bpf_prog_type(type, options) tables_probe()

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load scripts: programs handed to BPF_PROG_LOAD without a library between. A script is lines of words:
 *
 *   case NAME                              begins a case
 *   btf HEX                                types for the program and the maps after it
 *   map type=N key=N value=N max=N [name=TEXT] [flags=N] [extra=N] [inner=M] [btf_key=ID] [btf_value=ID] [init=HEX] [freeze=1]
 *   prog type=N [attach_type=N] [flags=N] [license=TEXT] [name=TEXT] [attach=KIND:NAME]
 *   insns HEX                              struct bpf_insn after struct bpf_insn
 *   mapfd INSN MAP [value]                 instruction INSN loads map MAP, or its value
 *   mapidx INSN MAP [value]                the same by the map's place in fd_array, which holds every map
 *   kfunc INSN NAME                        instruction INSN calls a function of the kernel
 *   ksym INSN NAME                         instruction INSN loads the address of a variable of the kernel
 *   func_info SIZE HEX, line_info SIZE HEX, core_relo SIZE HEX
 *   end                                    loads it
 *
 * Maps count from 0 within a case. KIND is func, struct, typedef or var. '#' begins a comment line.
 */
#define _GNU_SOURCE
#include "oracle.h"
#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_MAPS 64
#define MOST_WORDS 24

struct bytes { uint8_t *data; size_t size; };

struct script_case {
	char name[256], license[64];
	union { union bpf_attr attr; char room[512]; } load;
	int maps[MOST_MAPS], map_count, btf_fd;
	struct bytes insns, func_info, line_info, core_relo;
	char problem[256];	/* why it cannot be loaded; empty when it can */
	int problem_errno;
};

static struct btf *kernel_types(void)
{
	static struct btf *types;

	if (!types)
		types = btf__load_vmlinux_btf();
	return types;
}

static void give_up(struct script_case *c, int error, const char *what, const char *which)
{
	if (c->problem[0])
		return;
	snprintf(c->problem, sizeof(c->problem), "%s %s", what, which);
	c->problem_errno = error;
}

/* The id of "func:name" and the like; "func" when there is no kind. */
static int type_id(struct script_case *c, const char *name, int kind)
{
	static const struct { const char *prefix; int kind; } kinds[] = {
		{ "func:", BTF_KIND_FUNC }, { "struct:", BTF_KIND_STRUCT }, { "typedef:", BTF_KIND_TYPEDEF }, { "var:", BTF_KIND_VAR },
	};
	int id;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix))) {
			name += strlen(kinds[i].prefix);
			kind = kinds[i].kind;
			break;
		}
	id = kernel_types() ? btf__find_by_name_kind(kernel_types(), name, kind) : -ENOENT;
	if (id < 0)
		give_up(c, ESRCH, "the kernel has no type", name);
	return id < 0 ? 0 : id;
}

/* The value of a hexadecimal digit, -1 when it is none. */
static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct bytes from_hex(struct script_case *c, const char *text)
{
	struct bytes b = { calloc(1, strlen(text) / 2 + 8), strlen(text) / 2 };

	for (size_t i = 0; i < b.size; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			give_up(c, EINVAL, "not hexadecimal:", text + 2 * i);
			break;
		}
		b.data[i] = high << 4 | low;
	}
	return b;
}

/* The text after "key=" among the words; NULL when there is none. */
static const char *word_of(char **words, int count, const char *key)
{
	size_t length = strlen(key);

	for (int i = 1; i < count; i++)
		if (!strncmp(words[i], key, length) && words[i][length] == '=')
			return words[i] + length + 1;
	return NULL;
}

static uint64_t number_of(char **words, int count, const char *key)
{
	const char *text = word_of(words, count, key);

	return text ? strtoull(text, NULL, 0) : 0;
}

static struct bpf_insn *insn_at(struct script_case *c, const char *text)
{
	size_t index = strtoul(text, NULL, 0);

	/* all of these are two instructions wide but calls, and calls are never last */
	if ((index + 2) * sizeof(struct bpf_insn) > c->insns.size) {
		give_up(c, EINVAL, "no instruction", text);
		return NULL;
	}
	return (struct bpf_insn *)c->insns.data + index;
}

static void read_btf(struct script_case *c, const char *hex)
{
	union bpf_attr attr = { 0 };
	struct bytes types = from_hex(c, hex);

	attr.btf = (uintptr_t)types.data;
	attr.btf_size = types.size;
	if (c->btf_fd > 0)
		close(c->btf_fd);
	c->btf_fd = plain_bpf(BPF_BTF_LOAD, &attr, sizeof(attr));
	if (c->btf_fd < 0)
		give_up(c, errno, "BPF_BTF_LOAD", "failed");
	free(types.data);
}

static void fill_map(struct script_case *c, int fd, char **words, int count)
{
	const char *initial = word_of(words, count, "init");
	union bpf_attr attr = { 0 };
	uint32_t key = 0;

	if (initial) {
		struct bytes value = from_hex(c, initial);

		attr.map_fd = fd;
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)value.data;
		if (plain_bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			give_up(c, errno, "BPF_MAP_UPDATE_ELEM", "failed");
		free(value.data);
	}
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	if (word_of(words, count, "freeze") && plain_bpf(BPF_MAP_FREEZE, &attr, sizeof(attr)))
		give_up(c, errno, "BPF_MAP_FREEZE", "failed");
}

static void read_map(struct script_case *c, char **words, int count)
{
	const char *inner = word_of(words, count, "inner"), *name = word_of(words, count, "name");
	union bpf_attr attr = { 0 };
	int fd;

	if (c->map_count == MOST_MAPS) {
		give_up(c, E2BIG, "too many", "maps");
		return;
	}
	attr.map_type = number_of(words, count, "type");
	attr.key_size = number_of(words, count, "key");
	attr.value_size = number_of(words, count, "value");
	attr.max_entries = number_of(words, count, "max");
	attr.map_flags = number_of(words, count, "flags");
	attr.map_extra = number_of(words, count, "extra");
	attr.btf_key_type_id = number_of(words, count, "btf_key");
	attr.btf_value_type_id = number_of(words, count, "btf_value");
	if (name)
		snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	if (attr.btf_key_type_id || attr.btf_value_type_id)
		attr.btf_fd = c->btf_fd;
	if (inner && atoi(inner) < c->map_count)
		attr.inner_map_fd = c->maps[atoi(inner)];
	fd = plain_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		give_up(c, errno, "BPF_MAP_CREATE", "failed");
	else
		fill_map(c, fd, words, count);
	c->maps[c->map_count++] = fd;
}

static void read_program(struct script_case *c, char **words, int count)
{
	const char *license = word_of(words, count, "license"), *name = word_of(words, count, "name"),
		   *attach = word_of(words, count, "attach");

	c->load.attr.prog_type = number_of(words, count, "type");
	c->load.attr.expected_attach_type = number_of(words, count, "attach_type");
	c->load.attr.prog_flags = number_of(words, count, "flags");
	if (license)
		snprintf(c->license, sizeof(c->license), "%s", license);
	if (name)
		snprintf(c->load.attr.prog_name, sizeof(c->load.attr.prog_name), "%s", name);
	if (attach)
		c->load.attr.attach_btf_id = type_id(c, attach, BTF_KIND_FUNC);
}

static void read_line(struct script_case *c, char **words, int count)
{
	struct bpf_insn *insn;

	if (!strcmp(words[0], "btf") && count == 2) {
		read_btf(c, words[1]);
	} else if (!strcmp(words[0], "map")) {
		read_map(c, words, count);
	} else if (!strcmp(words[0], "prog")) {
		read_program(c, words, count);
	} else if (!strcmp(words[0], "insns") && count == 2) {
		c->insns = from_hex(c, words[1]);
	} else if ((!strcmp(words[0], "mapfd") || !strcmp(words[0], "mapidx")) && count >= 3) {
		int by_index = words[0][3] == 'i';
		unsigned map = strtoul(words[2], NULL, 0);

		insn = insn_at(c, words[1]);
		if (insn && map < (unsigned)c->map_count) {
			if (by_index) {
				insn->src_reg = count > 3 ? BPF_PSEUDO_MAP_IDX_VALUE : BPF_PSEUDO_MAP_IDX;
				insn->imm = map;
				c->load.attr.fd_array = (uintptr_t)c->maps;
			} else {
				insn->src_reg = count > 3 ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
				insn->imm = c->maps[map];
			}
		} else {
			give_up(c, EINVAL, "no map", words[2]);
		}
	} else if (!strcmp(words[0], "kfunc") && count == 3) {
		insn = insn_at(c, words[1]);
		if (insn) {
			insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
			insn->imm = type_id(c, words[2], BTF_KIND_FUNC);
		}
	} else if (!strcmp(words[0], "ksym") && count == 3) {
		insn = insn_at(c, words[1]);
		if (insn) {
			insn->src_reg = BPF_PSEUDO_BTF_ID;
			insn->imm = type_id(c, words[2], BTF_KIND_VAR);
		}
	} else if (!strcmp(words[0], "func_info") && count == 3) {
		c->load.attr.func_info_rec_size = strtoul(words[1], NULL, 0);
		c->func_info = from_hex(c, words[2]);
	} else if (!strcmp(words[0], "line_info") && count == 3) {
		c->load.attr.line_info_rec_size = strtoul(words[1], NULL, 0);
		c->line_info = from_hex(c, words[2]);
	} else if (!strcmp(words[0], "core_relo") && count == 3) {
		c->load.attr.core_relo_rec_size = strtoul(words[1], NULL, 0);
		c->core_relo = from_hex(c, words[2]);
	} else {
		give_up(c, EINVAL, "unknown line:", words[0]);
	}
}

static int load_case(struct script_case *c, int object_index, int index)
{
	union bpf_attr *attr = &c->load.attr;

	field_text("record", "program");
	field_format("object", "%d", object_index);
	field_format("index", "%d", index);
	field_text("program", c->name);
	out_flush();
	if (c->problem[0]) {
		field_format("load_result", "%d", -c->problem_errno);
		field_format("errno", "%d", c->problem_errno);
		field_text("libbpf", c->problem);
		return finish_answer();
	}
	attr->insns = (uintptr_t)c->insns.data;
	attr->insn_cnt = c->insns.size / sizeof(struct bpf_insn);
	attr->license = (uintptr_t)c->license;
	attr->prog_btf_fd = c->btf_fd > 0 ? c->btf_fd : 0;
	attr->func_info = (uintptr_t)c->func_info.data;
	attr->func_info_cnt = attr->func_info_rec_size ? c->func_info.size / attr->func_info_rec_size : 0;
	attr->line_info = (uintptr_t)c->line_info.data;
	attr->line_info_cnt = attr->line_info_rec_size ? c->line_info.size / attr->line_info_rec_size : 0;
	attr->core_relos = (uintptr_t)c->core_relo.data;
	attr->core_relo_cnt = attr->core_relo_rec_size ? c->core_relo.size / attr->core_relo_rec_size : 0;
	/* a kernel without a field at the end takes no load that has it */
	size_t size = attr->core_relo_cnt ? offsetof(union bpf_attr, core_relo_rec_size) + sizeof(attr->core_relo_rec_size)
				     : attr->fd_array ? offsetof(union bpf_attr, fd_array) + sizeof(attr->fd_array)
				     : offsetof(union bpf_attr, attach_prog_fd) + sizeof(attr->attach_prog_fd);
	int error = ask_load(attr, size);

	field_format("load_result", "%d", -error);
	field_text("reached", "1");
	field_format("errno", "%d", error);
	return finish_answer();
}

static void start_case(struct script_case *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	strcpy(c->license, "GPL");
}

static void end_case(struct script_case *c)
{
	for (int i = 0; i < c->map_count; i++)
		if (c->maps[i] >= 0)
			close(c->maps[i]);
	if (c->btf_fd > 0)
		close(c->btf_fd);
	free(c->insns.data);
	free(c->func_info.data);
	free(c->line_info.data);
	free(c->core_relo.data);
	memset(c, 0, sizeof(*c));
}

int ask_script(const char *path, int object_index, int first)
{
	FILE *file = fopen(path, "r");
	struct script_case c = { 0 };
	char *line = NULL;
	size_t room = 0;
	int index = -1, complained = 0;

	if (!file)
		return 0;
	while (!complained && getline(&line, &room, file) > 0) {
		char *words[MOST_WORDS], *rest = line, *word;
		int count = 0;

		while (count < MOST_WORDS && (word = strsep(&rest, " \t\r\n")))
			if (*word)
				words[count++] = word;
		if (!count || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "case") && count == 2) {
			end_case(&c);
			start_case(&c, words[1]);
			index++;
		} else if (index < first) {
			continue;
		} else if (!strcmp(words[0], "end")) {
			if (asked_for(c.name))
				complained = load_case(&c, object_index, index);
			end_case(&c);
		} else {
			read_line(&c, words, count);
		}
	}
	end_case(&c);
	free(line);
	fclose(file);
	return complained;
}

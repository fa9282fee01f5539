// SPDX-License-Identifier: GPL-2.0-only
/* Opening objects as veristat does, and what libbpf says of them. */
#include "oracle.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAP_TYPE_CGRP_STORAGE 32	/* newer than the uapi headers of Debian 12 */

char messages[MESSAGES_SIZE];
static size_t messages_used;

int keep_message(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t room = sizeof(messages) - messages_used;

	/* the log itself is reported apart */
	if (level == LIBBPF_DEBUG || strstr(format, "BEGIN PROG LOAD LOG"))
		return 0;
	int n = vsnprintf(messages + messages_used, room, format, args);
	messages_used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
	return 0;
}

/*
 * What veristat does before it loads: pins are dropped; a map whose size user space would set gets the
 * smallest one; and a struct_ops map is created for its own programs only. Stack traces get a depth too.
 */
void prepare_maps(struct bpf_object *object, struct bpf_program *program)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		bpf_map__set_pin_path(map, NULL);
		switch ((int)bpf_map__type(map)) {
		case BPF_MAP_TYPE_SK_STORAGE:
		case BPF_MAP_TYPE_INODE_STORAGE:
		case BPF_MAP_TYPE_TASK_STORAGE:
		case MAP_TYPE_CGRP_STORAGE:
		case BPF_MAP_TYPE_CGROUP_STORAGE:
		case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
			break;
		case BPF_MAP_TYPE_STRUCT_OPS:
			bpf_map__set_autocreate(map, bpf_program__type(program) == BPF_PROG_TYPE_STRUCT_OPS);
			break;
		case BPF_MAP_TYPE_RINGBUF:
		case BPF_MAP_TYPE_USER_RINGBUF:
			if (!bpf_map__max_entries(map))
				bpf_map__set_max_entries(map, 4096);
			break;
		case BPF_MAP_TYPE_STACK_TRACE:
			if (!bpf_map__value_size(map))
				bpf_map__set_value_size(map, sizeof(uint64_t));
			/* fall through */
		default:
			if (!bpf_map__max_entries(map))
				bpf_map__set_max_entries(map, 1);
		}
	}
}

struct bpf_object *open_object(const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .relaxed_maps = true);

	messages_used = 0;
	messages[0] = 0;
	return bpf_object__open_file(path, &options);
}

struct bpf_program *select_program(struct bpf_object *object, int wanted)
{
	struct bpf_program *program, *selected = NULL;
	int at = 0;

	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, at == wanted);
		if (at++ == wanted)
			selected = program;
	}
	return selected;
}

/* libbpf stopped at making this map. */
static int creation_failed(const struct bpf_map *map)
{
	char complaint[256];

	snprintf(complaint, sizeof(complaint), "map '%s': failed to create", bpf_map__name(map));
	return strstr(messages, complaint) != NULL;
}

/* The headers of this machine may not know the maps that libbpf keeps jump tables in. */
enum { INSN_ARRAY = 34, INSN_ARRAY_VALUE_SIZE = 16 };

static int has_jump_tables(void)
{
	int fd = bpf_map_create(INSN_ARRAY, "", sizeof(__u32), INSN_ARRAY_VALUE_SIZE, 1, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * What this kernel has never heard of, as far as that stopped the load. libbpf's probe of struct_ops asks with
 * attributes that kernels older than the probe refuse, though they have such maps.
 */
void unsupported_fields(struct bpf_object *object, struct bpf_program *program)
{
	struct bpf_map *map;

	if (libbpf_probe_bpf_prog_type(bpf_program__type(program), NULL) == 0)
		field_format("unsupported", "program type %u", bpf_program__type(program));
	bpf_object__for_each_map(map, object)
		if (creation_failed(map) && bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS
		    && libbpf_probe_bpf_map_type(bpf_map__type(map), NULL) != 1)
			field_format("unsupported", "map type %u", bpf_map__type(map));
	if (strstr(messages, "can't create jump table") && !has_jump_tables())
		field_format("unsupported", "map type %u", INSN_ARRAY);
}

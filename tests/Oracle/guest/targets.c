// SPDX-License-Identifier: GPL-2.0-only
/* Programs that other programs attach to: freplace replaces a function of one, fentry and fexit can trace one. */
#include "oracle.h"
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TARGETS 256

/* A line "target OBJECT TARGET PROGRAM [FUNCTION]" of the configuration; the first two are paths. */
static struct { char *object, *target, *program, *function; } targets[MOST_TARGETS];
static int target_count;

void read_target(char *words)
{
	char **fields[] = { &targets[target_count].object, &targets[target_count].target, &targets[target_count].program,
			    &targets[target_count].function }, *word;

	for (int i = 0; i < 4 && (word = strsep(&words, " \n")); i++)
		*fields[i] = *word ? strdup(word) : NULL;
	target_count += target_count < MOST_TARGETS - 1;
}

static int traces_functions(const struct bpf_program *program)
{
	int type = bpf_program__expected_attach_type(program);

	return bpf_program__type(program) == BPF_PROG_TYPE_TRACING
	       && (type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT || type == BPF_MODIFY_RETURN);
}

static int load_target(int number, struct bpf_object **loaded);

/*
 * Names the program to attach to, for freplace and for tracing of a function that program has; other programs stay with
 * the kernel. The target is loaded, its object kept open in *loaded. Returns 0, or the errno of a target that does not load.
 */
int set_target(const char *path, struct bpf_program *program, struct bpf_object **loaded)
{
	const char *slash = strchr(bpf_program__section_name(program), '/');

	for (int i = 0; i < target_count; i++) {
		const char *function = targets[i].function ? targets[i].function : slash ? slash + 1 : "";
		struct bpf_object *declaring;
		int fd, declared;

		if (strcmp(targets[i].object, path) || (bpf_program__type(program) != BPF_PROG_TYPE_EXT && !traces_functions(program)))
			continue;
		declaring = open_object(targets[i].target);
		declared = declaring && btf__find_by_name_kind(bpf_object__btf(declaring), function, BTF_KIND_FUNC) > 0;
		bpf_object__close(declaring);
		if (!declared && bpf_program__type(program) != BPF_PROG_TYPE_EXT)
			return 0;
		fd = load_target(i, loaded);
		return fd < 0 ? -fd : -bpf_program__set_attach_target(program, fd, function);
	}
	return 0;
}

/* The target's descriptor, or a negative errno. */
static int load_target(int number, struct bpf_object **loaded)
{
	struct bpf_object *object = open_object(targets[number].target), *next = NULL;
	struct bpf_program *program, *wanted = NULL;
	int error;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) {
		int is_wanted = !strcmp(bpf_program__name(program), targets[number].program);

		bpf_program__set_autoload(program, is_wanted);
		wanted = is_wanted ? program : wanted;
	}
	error = wanted ? set_target(targets[number].target, wanted, &next) : ENOENT;
	if (!error) {
		prepare_maps(object, wanted);
		error = -bpf_object__load(object);
	}
	/* the kernel holds what a loaded program attaches to */
	bpf_object__close(next);
	*loaded = object;
	return error ? -error : bpf_program__fd(wanted);
}

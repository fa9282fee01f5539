// SPDX-License-Identifier: GPL-2.0-only
// Writes down what libbpf hands to BPF_PROG_LOAD and BPF_MAP_CREATE for every program of the objects named, one JSON object a line.
// Link with -Wl,--wrap=syscall. Needs root; attaches nothing.
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

long __real_syscall(long n, long a, long b, long c, long d, long e, long f);

static struct bpf_object *object;
static struct bpf_program *selected;
static int reached;
static char messages[65536];
static char log_text[1 << 20], raw_log[1 << 20];
static size_t length;

static int collect(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && length < sizeof(messages) - 2000)
		length += vsnprintf(messages + length, 2000, format, arguments);
	return 0;
}

static void text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s == '\n')
			printf("\\n");
		else if (*s == '\t')
			printf("\\t");
		else
			putchar(*s);
	}
	putchar('"');
}

static void hex(const void *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", ((const uint8_t *)data)[i]);
}

// Descriptors of maps become the maps' numbers.
static int map_number(int fd)
{
	struct bpf_map *map;
	int number = 0;

	bpf_object__for_each_map(map, object) {
		if (bpf_map__fd(map) == fd)
			return number;
		number++;
	}
	return -1;
}

static void program(union bpf_attr *attr)
{
	struct bpf_insn *insns = (void *)(long)attr->insns;

	printf(",\"type\":%u,\"attach_type\":%u,\"flags\":%u,\"license\":", attr->prog_type, attr->expected_attach_type, attr->prog_flags);
	text((char *)(long)attr->license);
	printf(",\"insns\":\"");
	for (uint32_t i = 0; i < attr->insn_cnt; i++) {
		struct bpf_insn insn = insns[i];

		if (insn.code == 0x18 && (insn.src_reg == 1 || insn.src_reg == 2))
			insn.imm = map_number(insn.imm);
		hex(&insn, sizeof(insn));
		if (insn.code == 0x18 && ++i < attr->insn_cnt)
			hex(&insns[i], sizeof(insn));
	}
	printf("\",\"func_info\":[");
	for (uint32_t i = 0; i < attr->func_info_cnt; i++) {
		uint32_t *r = (void *)(long)(attr->func_info + (uint64_t)i * attr->func_info_rec_size);

		printf("%s%u,%u", i ? "," : "", r[0], r[1]);
	}
	printf("],\"line_info\":[");
	for (uint32_t i = 0; i < attr->line_info_cnt; i++) {
		uint32_t *r = (void *)(long)(attr->line_info + (uint64_t)i * attr->line_info_rec_size);

		printf("%s%u,%u,%u,%u", i ? "," : "", r[0], r[1], r[2], r[3]);
	}
	printf("]");
}

long __wrap_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	union bpf_attr *attr = (void *)b;

	if (n == __NR_bpf && a == BPF_PROG_LOAD && selected && (void *)(long)attr->insns == (void *)bpf_program__insns(selected)) {
		if (!reached)
			program(attr);
		reached = 1;
		long result = __real_syscall(n, a, b, c, d, e, f);
		int saved = errno;

		strcpy(raw_log, log_text);
		errno = saved;
		return result;
	}
	return __real_syscall(n, a, b, c, d, e, f);
}

static void maps(void)
{
	struct bpf_map *map;
	int n = 0;

	printf(",\"maps\":[");
	bpf_object__for_each_map(map, object) {
		printf("%s[", n++ ? "," : "");
		text(bpf_map__name(map));
		printf(",%u,%u,%u,%u,%u,%llu,%u,%u]", bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map),
		       bpf_map__max_entries(map), bpf_map__map_flags(map), (unsigned long long)bpf_map__map_extra(map),
		       bpf_map__btf_key_type_id(map), bpf_map__btf_value_type_id(map));
	}
	printf("]");
	bpf_object__for_each_map(map, object) {
		size_t size;
		const void *content = bpf_map__initial_value(map, &size);

		if (content && strstr(bpf_map__name(map), ".kconfig") && strstr(bpf_map__name(map), "config.")) {
			printf(",\"kconfig\":\"");
			hex(content, size);
			printf("\"");
		}
	}
}

static void one(const char *file, const struct bpf_object_open_opts *opts, const char *name)
{
	struct bpf_program *p;

	length = 0;
	messages[0] = 0;
	object = bpf_object__open_file(file, opts);
	bpf_object__for_each_program(p, object) {
		int wanted = !strcmp(bpf_program__name(p), name);

		bpf_program__set_autoload(p, wanted);
		if (wanted)
			selected = p;
	}
	printf("{\"object\":");
	text(strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
	printf(",\"program\":");
	text(name);
	printf(",\"section\":");
	text(bpf_program__section_name(selected));
	printf(",\"open_type\":%u,\"open_attach_type\":%u", bpf_program__type(selected), bpf_program__expected_attach_type(selected));
	reached = 0;
	log_text[0] = 0;
	bpf_program__set_log_buf(selected, log_text, sizeof(log_text));
	bpf_program__set_log_level(selected, 1);
	int result = bpf_object__load(object);
	if (reached) {
		maps();
		// What libbpf puts in place of the verifier's complaint about an instruction made invalid.
		if (strcmp(raw_log, log_text)) {
			printf(",\"log\":");
			text(raw_log);
			printf(",\"improved_log\":");
			text(log_text);
		}
	} else {
		printf(",\"errno\":%d,\"messages\":", -result);
		text(messages);
	}
	printf("}\n");
	selected = NULL;
	bpf_object__close(object);
}

int main(int argc, char **argv)
{
	static char kconfig[65536];
	FILE *file = fopen(getenv("KERNEL_CONFIG"), "r");

	fread(kconfig, 1, sizeof(kconfig) - 1, file);
	fclose(file);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = getenv("KERNEL_BTF"), .kconfig = kconfig);

	libbpf_set_print(collect);
	for (int i = 1; i < argc; i++) {
		static char names[1024][128];
		struct bpf_program *p;
		int n = 0;

		length = 0;
		messages[0] = 0;
		object = bpf_object__open_file(argv[i], &opts);
		if (!object) {
			printf("{\"object\":");
			text(strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i]);
			printf(",\"errno\":%d,\"messages\":", errno);
			text(messages);
			printf("}\n");
			continue;
		}
		bpf_object__for_each_program(p, object) {
			if (n < 1024)
				snprintf(names[n++], 128, "%s", bpf_program__name(p));
		}
		bpf_object__close(object);
		for (int k = 0; k < n; k++)
			one(argv[i], &opts, names[k]);
	}
	return 0;
}

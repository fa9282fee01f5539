// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the running kernel's verifier about every program of a batch of BPF objects.
 *
 * One static binary with two lives: as /init of a QEMU guest it reads /oracle.conf and writes its
 * answers to the debug console port 0xe9; as an ordinary process it is called as
 * `oracle CONF OUTPUT`. It only creates maps, loads BTF and loads programs. Nothing is attached or run.
 *
 * Answers are a stream of fields, each "name:length:" followed by that many bytes and a newline.
 * An answer begins with a field "record" and ends where the next one begins. tests/Oracle/AnswerStream.cs
 * is the reader.
 */
#define _GNU_SOURCE
#include "oracle.h"
#include "sha256.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUG_CONSOLE_PORT 0xe9
#define EXIT_PORT 0xf4
#define LOG_STATS 4
#define BRIEF_LINES 6

/* ---- settings, from the configuration file -------------------------------------------------- */

static struct {
	unsigned time_limit;		/* seconds for one BPF_PROG_LOAD */
	unsigned long log_size;		/* bytes of verifier log the kernel may write */
	unsigned long tail;		/* bytes of a rejected program's log to hand over */
	unsigned long whole_log;	/* bytes of every log to hand over; 0: none */
	long level1_instructions;	/* no level 1 log for programs that process more */
	long level2_instructions;	/* no level 2 log for programs that process more */
	int instructions;		/* hand over the relocated instructions */
	int unprivileged;		/* load without any capability; maps and types are still made with all of them */
	int brief;			/* one load a program: verdict, last lines of the log, statistics */
	char program[256];		/* ask about programs of this name only */
} settings = { .time_limit = 60, .log_size = 256ul << 20, .tail = 65536,
	       .level1_instructions = 400000, .level2_instructions = 200000 };

int asked_for(const char *program) { return !settings.program[0] || !strcmp(settings.program, program); }

/* ---- output --------------------------------------------------------------------------------- */

static int output_fd = -1;	/* -1: the debug console */
static char out_buffer[1 << 16];
static size_t out_used;

void out_flush(void)
{
	if (output_fd < 0) {
		const char *from = out_buffer;
		unsigned long count = out_used;

		/* glibc's outsb() does not tell the compiler that the buffer is read */
		__asm__ volatile("cld; rep outsb" : "+S"(from), "+c"(count) : "d"((uint16_t)DEBUG_CONSOLE_PORT) : "memory");
	} else {
		for (size_t done = 0; done < out_used;) {
			ssize_t n = write(output_fd, out_buffer + done, out_used - done);

			if (n < 0 && errno != EINTR)
				_exit(3);
			done += n > 0 ? n : 0;
		}
	}
	out_used = 0;
}

static void out_bytes(const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		size_t n = sizeof(out_buffer) - out_used;

		n = n < size ? n : size;
		memcpy(out_buffer + out_used, from, n);
		out_used += n;
		from += n;
		size -= n;
		if (out_used == sizeof(out_buffer))
			out_flush();
	}
}

static void field(const char *name, const void *data, size_t size)
{
	char head[64];

	out_bytes(head, snprintf(head, sizeof(head), "%s:%zu:", name, size));
	out_bytes(data, size);
	out_bytes("\n", 1);
}

void field_text(const char *name, const char *text) { field(name, text, strlen(text)); }

void field_format(const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	field_text(name, text);
}

static void sha_field(struct sha256 *s, const char *name)
{
	char hex[65];

	sha_end(s, hex);
	field_text(name, hex);
}

/* ---- the program at hand -------------------------------------------------------------------- */

static struct {
	struct bpf_object *object;
	char *marker;		/* libbpf is told to log here: that tells its load of the program from its probes */
	int loads;		/* how often BPF_PROG_LOAD was reached */
	int error;		/* errno of BPF_PROG_LOAD */
	struct bpf_insn *insns;
	uint32_t count;
} subject;

static char *log_buffer;
static volatile sig_atomic_t timed_out;

static void on_alarm(int signal_number) { (void)signal_number; timed_out = 1; }

static void arm(unsigned seconds)
{
	/* again every second: libbpf and we retry what a signal interrupted */
	struct itimerval timer = { .it_interval = { seconds ? 1 : 0, 0 }, .it_value = { seconds, 0 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void insns_field(void)
{
	struct sha256 s;

	sha_start(&s);
	sha_add(&s, subject.insns, subject.count * sizeof(struct bpf_insn));
	sha_field(&s, "insns_sha256");
	field_format("insn_count", "%u", subject.count);
	if (settings.instructions)
		field("insns", subject.insns, subject.count * sizeof(struct bpf_insn));
}

/*
 * Keeps a copy of the instructions that can be compared between machines: a map's file descriptor becomes
 * the place of that map among the maps of the program, in order of first use.
 */
static void keep_instructions(const union bpf_attr *attr)
{
	int fds[256], known = 0;

	subject.count = attr->insn_cnt;
	subject.insns = realloc(subject.insns, (size_t)attr->insn_cnt * sizeof(struct bpf_insn) + 1);
	memcpy(subject.insns, (void *)(uintptr_t)attr->insns, (size_t)attr->insn_cnt * sizeof(struct bpf_insn));
	for (uint32_t i = 0; i < subject.count; i++) {
		struct bpf_insn *insn = &subject.insns[i];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
			struct bpf_map *map;
			int at = 0;

			while (at < known && fds[at] != insn->imm)
				at++;
			if (at == known && known < 256) {
				fds[known++] = insn->imm;
				if (!subject.object)
					field_format("map", "%d", at);
				else bpf_object__for_each_map(map, subject.object)
					if (bpf_map__fd(map) == insn->imm)
						field_format("map", "%s %u %u %u %u 0x%x", bpf_map__name(map), bpf_map__type(map),
							     bpf_map__key_size(map), bpf_map__value_size(map),
							     bpf_map__max_entries(map), bpf_map__map_flags(map));
			}
			insn->imm = at;
		}
		i++;
	}
}

/*
 * The number before "N: (18) r", or before the same line of the table of live registers, which has one character a
 * register in between: "N: .1.3...... (18) r". -1 when that is not what stands before `at`.
 */
static long instruction_before(const char *line, const char *at)
{
	const char *p = at;

	if (p == line || *--p != ' ')
		return -1;
	if (p > line && p[-1] != ':') {
		while (p > line && (p[-1] == '.' || (p[-1] >= '0' && p[-1] <= '9')))
			p--;
		if (p == line || *--p != ' ')
			return -1;
	}
	if (p == line || *--p != ':')
		return -1;
	at = p;
	while (p > line && p[-1] >= '0' && p[-1] <= '9')
		p--;
	return p < at ? strtol(p, NULL, 10) : -1;
}

/* The first digit of an address that instruction N loads, in a line with "N: (18) rD = 0x"; NULL when there is none. */
static const char *address_in(const char *line, const char *end)
{
	static const char pattern[] = "(18) r";

	for (const char *p = line; (p = memmem(p, end - p, pattern, sizeof(pattern) - 1)); p++) {
		long index = instruction_before(line, p);
		const char *value = memmem(p, end - p, " = 0x", 5);

		if (index < 0 || index >= subject.count || !value)
			continue;
		if (subject.insns[index].src_reg != 0 && subject.insns[index].src_reg != BPF_PSEUDO_FUNC)
			return value + 5;
	}
	return NULL;
}

/*
 * Hands the log to `take` with the addresses that (18) instructions print written as 0x0 and the spaces that
 * follow, which depend on the address's width, as one.
 */
static void each_masked(const char *log, size_t size, void (*take)(void *, const char *, size_t), void *to)
{
	const char *end = log + size, *from = log;

	for (const char *line = log; line < end;) {
		const char *line_end = memchr(line, '\n', end - line), *value;

		line_end = line_end ? line_end + 1 : end;
		value = address_in(line, line_end);
		if (value) {
			take(to, from, value - from);
			take(to, "0", 1);
			while (value < line_end && strchr("0123456789abcdef", *value))
				value++;
			if (value < line_end && *value == ' ') {
				take(to, " ", 1);
				while (value < line_end && *value == ' ')
					value++;
			}
			from = value;
		}
		line = line_end;
	}
	take(to, from, end - from);
}

static void take_hash(void *to, const char *text, size_t size) { sha_add(to, text, size); }

struct collected { char *text; size_t used; };

static void take_text(void *to, const char *text, size_t size)
{
	struct collected *c = to;

	memcpy(c->text + c->used, text, size);
	c->used += size;
}

static void log_fields(const char *level, int error, int rejected)
{
	char name[32];
	size_t size = strnlen(log_buffer, settings.log_size), from = 0;
	struct sha256 s;
	struct collected c;

	snprintf(name, sizeof(name), "%s_errno", level);
	field_format(name, "%d", error);
	if (size + 1 >= settings.log_size) {
		/* the kernel kept the end (6.4 and later) or the beginning (before, with ENOSPC) of a longer log */
		snprintf(name, sizeof(name), "%s_cut", level);
		field_text(name, "1");
	}
	sha_start(&s);
	each_masked(log_buffer, size, take_hash, &s);
	snprintf(name, sizeof(name), "%s_length", level);
	field_format(name, "%llu", (unsigned long long)s.size);
	snprintf(name, sizeof(name), "%s_sha256", level);
	sha_field(&s, name);

	if (rejected && settings.tail < settings.whole_log)
		rejected = 0;
	if (rejected)
		from = size > settings.tail ? size - settings.tail : 0;
	else if (settings.whole_log)
		size = size > settings.whole_log ? settings.whole_log : size;
	else
		return;
	c = (struct collected){ .text = malloc(size - from + 1) };
	each_masked(log_buffer + from, size - from, take_text, &c);
	snprintf(name, sizeof(name), rejected ? "%s_tail" : "%s_text", level);
	field(name, c.text, c.used);
	free(c.text);
}

long __real_syscall(long number, ...);

long plain_bpf(int command, union bpf_attr *attr, size_t size)
{
	return __real_syscall(__NR_bpf, (long)command, (long)attr, (long)size, 0l, 0l, 0l);
}

/* Puts the capabilities of this process into effect, or none of them. */
static void set_capabilities(int all)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (__real_syscall(__NR_capget, (long)&header, (long)data, 0l, 0l, 0l, 0l))
		perror("capget");
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = all ? data[i].permitted : 0;
	if (__real_syscall(__NR_capset, (long)&header, (long)data, 0l, 0l, 0l, 0l))
		perror("capset");
}

static int load_at_level(const union bpf_attr *asked, size_t size, int level)
{
	union { union bpf_attr attr; char room[512]; } load = { .room = { 0 } };
	long fd;

	memcpy(&load, asked, size < sizeof(load) ? size : sizeof(load));
	load.attr.log_buf = (uintptr_t)log_buffer;
	load.attr.log_size = settings.log_size;
	load.attr.log_level = level;
	log_buffer[0] = 0;
	arm(settings.time_limit);
	if (settings.unprivileged)
		set_capabilities(0);
	for (int tries = 0; tries < 5; tries++) {
		fd = plain_bpf(BPF_PROG_LOAD, &load.attr, size);
		if (fd >= 0 || errno != EAGAIN || timed_out)
			break;
	}
	int error = fd < 0 ? errno : 0;
	if (settings.unprivileged)
		set_capabilities(1);
	arm(0);
	if (fd >= 0)
		close(fd);
	return error;
}

/* The last lines of a log, at most `count`. */
static const char *last_lines(const char *log, int count)
{
	const char *from = log + strlen(log);

	while (from > log && (from[-1] != '\n' || count-- > 0))
		from--;
	return from;
}

/* Asks once, for verdict, last lines and statistics only: every byte that leaves a guest takes time. */
static int ask_brief(const union bpf_attr *attr, size_t size)
{
	int error = load_at_level(attr, size, LOG_STATS | 1);

	field_text("statistics", last_lines(log_buffer, BRIEF_LINES));
	if (timed_out) {
		field_text("timed_out", "1");
		error = ETIMEDOUT;
		timed_out = 0;
	}
	madvise(log_buffer, settings.log_size, MADV_DONTNEED);
	return error;
}

/* Asks once for verdict and statistics, once for each kind of log. */
int ask_load(union bpf_attr *attr, size_t size)
{
	const char *processed;
	long instructions;
	int error, again;

	timed_out = 0;
	if (settings.brief)
		return ask_brief(attr, size);
	keep_instructions(attr);
	field_format("prog_type", "%u", attr->prog_type);
	field_format("expected_attach_type", "%u", attr->expected_attach_type);
	field_format("attach_btf_id", "%u", attr->attach_btf_id);
	field_format("prog_flags", "%u", attr->prog_flags);
	insns_field();

	error = load_at_level(attr, size, LOG_STATS);
	field_text("statistics", log_buffer + (strlen(log_buffer) > 4096 ? strlen(log_buffer) - 4096 : 0));
	processed = strstr(log_buffer, "\nprocessed ");
	instructions = processed ? atol(processed + 11) : 0;

	if (timed_out) {
		field_text("timed_out", "1");
		error = ETIMEDOUT;
	} else {
		/* the verdict stands; a log that takes too long is only missing */
		if (instructions <= settings.level1_instructions) {
			again = load_at_level(attr, size, 1);
			if (!timed_out)
				log_fields("l1", again, error != 0);
		}
		if (!timed_out && instructions <= settings.level2_instructions) {
			again = load_at_level(attr, size, 2);
			if (!timed_out)
				log_fields("l2", again, 0);
		}
		timed_out = 0;
	}
	madvise(log_buffer, settings.log_size, MADV_DONTNEED);
	return error;
}

/* libbpf's load of the program at hand. */
static long load_subject(union bpf_attr *attr, size_t size)
{
	subject.loads++;
	subject.error = ask_load(attr, size);
	if (!subject.error) {
		/* libbpf wants a file descriptor, and gets the program itself */
		union { union bpf_attr attr; char room[512]; } quiet = { .room = { 0 } };

		memcpy(&quiet, attr, size < sizeof(quiet) ? size : sizeof(quiet));
		quiet.attr.log_buf = quiet.attr.log_size = quiet.attr.log_level = 0;
		return plain_bpf(BPF_PROG_LOAD, &quiet.attr, size);
	}
	errno = subject.error;
	return -1;
}

/* Every bpf() call of libbpf comes here (ld --wrap=syscall). What could attach or run a program is refused. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	union bpf_attr *attr = (void *)b;

	if (number != __NR_bpf)
		return __real_syscall(number, a, b, c, d, e, f);
	switch (a) {
	case BPF_PROG_LOAD:
		if (subject.marker && attr->log_buf == (uintptr_t)subject.marker)
			return load_subject(attr, c);
		/* libbpf loads every program of a struct_ops map; one that is refused must not keep the one asked about from its turn */
		if (subject.marker && attr->prog_type == BPF_PROG_TYPE_STRUCT_OPS)
			return __real_syscall(__NR_memfd_create, (long)"sibling", 0l, 0l, 0l, 0l, 0l);
		break;
	case BPF_MAP_CREATE:
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_OBJ_GET_INFO_BY_FD:
	case BPF_BTF_LOAD:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_PROG_BIND_MAP:
		break;
	default:
		errno = EPERM;
		return -1;
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

/* ---- kernel complaints ---------------------------------------------------------------------- */

static int kmsg_fd = -1;

/*
 * Reports what the kernel logged since the last call if there is a warning or worse in it. Returns 1 when the batch
 * had better stop here; a brief one goes on after a mere warning, which kernels print once a boot.
 */
static int kernel_complained(void)
{
	static char text[1 << 15];
	char line[8192];
	size_t used = 0;
	int complained = 0, broken = 0;
	ssize_t n;

	if (kmsg_fd < 0)
		return 0;
	while ((n = read(kmsg_fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = 0;
		/* a guest of a busy machine is stopped for as long as it takes */
		if (settings.brief && strstr(line, "soft lockup"))
			continue;
		if (strstr(line, "WARNING: ") || strstr(line, "BUG: ") || strstr(line, "Oops") ||
		    strstr(line, "general protection") || strstr(line, "verifier bug"))
			complained = 1;
		if (strstr(line, "BUG: ") || strstr(line, "Oops") || strstr(line, "general protection"))
			broken = 1;
		if (used + n < sizeof(text)) {
			memcpy(text + used, line, n);
			used += n;
		}
	}
	if (complained)
		field("kernel_complaint", text, used);
	return settings.brief ? broken : complained;
}

int finish_answer(void)
{
	int complained = kernel_complained();

	field_text("answered", "1");
	out_flush();
	return complained;
}

/* ---- objects -------------------------------------------------------------------------------- */

/* Returns 0 when the object has no such program. */
static int ask_program(const char *path, int object_index, int wanted, int *complained)
{
	static char marker[4096];
	struct bpf_object *object = open_object(path);
	struct bpf_program *program = object ? select_program(object, wanted) : NULL;
	struct bpf_object *target = NULL;
	int result;

	if (!object) {
		result = -errno;
		field_text("record", "unreadable");
		field_format("object", "%d", object_index);
		field_format("errno", "%d", -result);
		field_text("libbpf", messages);
		return 0;
	}
	if (!program) {
		bpf_object__close(object);
		return 0;
	}
	if (!asked_for(bpf_program__name(program))) {
		bpf_object__close(object);
		return 1;
	}
	field_text("record", "program");
	field_format("object", "%d", object_index);
	field_format("index", "%d", wanted);
	field_text("program", bpf_program__name(program));
	field_text("section", bpf_program__section_name(program));
	out_flush();	/* should the kernel die now, it is known on what */

	bpf_program__set_log_buf(program, marker, sizeof(marker));
	bpf_program__set_log_level(program, 1);
	prepare_maps(object, program);
	timed_out = 0;
	subject.loads = 0;
	subject.error = 0;
	result = -set_target(path, program, &target);
	if (!result) {
		subject.object = object;
		subject.marker = marker;
		result = bpf_object__load(object);
		subject.marker = NULL;
	}

	field_format("load_result", "%d", result);
	field_format("reached", "%d", subject.loads);
	field_format("errno", "%d", subject.loads ? subject.error : result < 0 ? -result : 0);
	if (result) {
		field_text("libbpf", messages);
		unsupported_fields(object, program);
	}
	*complained = finish_answer();
	bpf_object__close(object);
	bpf_object__close(target);
	return 1;
}

/* Each object in a process of its own: a crash of libbpf costs one object. Returns 1 when the kernel complained. */
static int ask_object(const char *path, int object_index, int first)
{
	int status = 0;
	pid_t child;

	out_flush();
	child = fork();
	if (child == 0) {
		size_t length = strlen(path);
		int complained = 0;

		if (length > 7 && !strcmp(path + length - 7, ".script"))
			complained = ask_script(path, object_index, first);
		else for (int i = first; !complained && ask_program(path, object_index, i, &complained); i++)
			;
		out_flush();
		_exit(complained ? 9 : 0);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
		return 1;
	if (status) {
		field_text("record", "loader_crash");
		field_format("object", "%d", object_index);
		field_format("status", "%d", status);
	}
	return 0;
}

/* ---- the batch ------------------------------------------------------------------------------ */

static void describe_kernel(void)
{
	struct utsname name;

	uname(&name);
	field_text("record", "kernel");
	field_text("release", name.release);
	field_text("version", name.version);
	field_text("libbpf", libbpf_version_string());
}

/* Lets processes without capabilities load programs, which Debian's kernels do not until they are told. */
static void allow_unprivileged(void)
{
	int fd = open("/proc/sys/kernel/unprivileged_bpf_disabled", O_WRONLY);

	if (fd < 0 || write(fd, "0", 1) != 1)
		perror("unprivileged_bpf_disabled");
	if (fd >= 0)
		close(fd);
}

static int run_batch(const char *conf)
{
	FILE *file = fopen(conf, "r");
	char line[4096], path[4096];
	int objects = 0, first;

	if (!file)
		return 2;
	describe_kernel();
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "time_limit %u", &settings.time_limit) == 1 ||
		    sscanf(line, "log_size %lu", &settings.log_size) == 1 ||
		    sscanf(line, "tail %lu", &settings.tail) == 1 ||
		    sscanf(line, "whole_log %lu", &settings.whole_log) == 1 ||
		    sscanf(line, "program %255s", settings.program) == 1 ||
		    sscanf(line, "level1_instructions %ld", &settings.level1_instructions) == 1 ||
		    sscanf(line, "level2_instructions %ld", &settings.level2_instructions) == 1 ||
		    sscanf(line, "instructions %d", &settings.instructions) == 1 ||
		    sscanf(line, "unprivileged %d", &settings.unprivileged) == 1 ||
		    sscanf(line, "brief %d", &settings.brief) == 1)
			continue;
		if (!strncmp(line, "target ", 7)) {
			read_target(line + 7);
			continue;
		}
		if (sscanf(line, "object %d %4095[^\n]", &first, path) != 2)
			continue;
		if (!log_buffer) {
			if (settings.unprivileged)
				allow_unprivileged();
			log_buffer = mmap(NULL, settings.log_size, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
			if (log_buffer == MAP_FAILED)
				return 2;
		}
		if (ask_object(path, objects++, first)) {
			field_text("record", "stopped");	/* a kernel that warned is not asked again */
			out_flush();
			return 0;
		}
	}
	fclose(file);
	field_text("record", "done");
	out_flush();
	return 0;
}

static void start_guest(void)
{
	static const char *const mounts[][2] = {
		{ "proc", "/proc" }, { "sysfs", "/sys" }, { "devtmpfs", "/dev" }, { "tracefs", "/sys/kernel/tracing" },
		{ "debugfs", "/sys/kernel/debug" }, { "bpf", "/sys/fs/bpf" }, { "cgroup2", "/sys/fs/cgroup" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i][1], 0755);
		mount(mounts[i][0], mounts[i][1], mounts[i][0], 0, NULL);
	}
	if (iopl(3))
		perror("iopl");
}

int main(int argc, char **argv)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct sigaction action = { .sa_handler = on_alarm };
	int guest = getpid() == 1, result;

	if (!guest && argc != 3) {
		fprintf(stderr, "usage: oracle CONF OUTPUT\n");
		return 2;
	}
	if (guest)
		start_guest();
	else if ((output_fd = open(argv[2], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644)) < 0)
		return 2;
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	sigaction(SIGALRM, &action, NULL);
	libbpf_set_print(keep_message);
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg_fd >= 0)
		lseek(kmsg_fd, 0, SEEK_END);

	result = run_batch(guest ? "/oracle.conf" : argv[1]);
	if (guest) {
		sync();
		outl(0, EXIT_PORT);
		reboot(RB_AUTOBOOT);
		for (;;)
			pause();
	}
	return result;
}

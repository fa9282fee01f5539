/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the guest program use of each other. */
#ifndef ORACLE_H
#define ORACLE_H

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stddef.h>

/* Writes one field of the answer at hand. */
void field_text(const char *name, const char *text);
__attribute__((format(printf, 2, 3))) void field_format(const char *name, const char *format, ...);

/* Sends what has been written so far. */
void out_flush(void);

/* Whether programs of this name are asked about. */
int asked_for(const char *program);

/* A bpf() call that nothing watches. */
long plain_bpf(int command, union bpf_attr *attr, size_t size);

/* Loads a program at all log levels and writes the fields of the answer. Returns its errno. */
int ask_load(union bpf_attr *attr, size_t size);

/* Writes the end of an answer. Returns 1 when the kernel complained. */
int finish_answer(void);

/* Asks about every case of a load script, from the given one on. Returns 1 when the kernel complained. */
int ask_script(const char *path, int object_index, int first);

/* What libbpf said since the last object was opened. */
#define MESSAGES_SIZE (1 << 15)
extern char messages[MESSAGES_SIZE];
int keep_message(enum libbpf_print_level level, const char *format, va_list args);

/* The program of that number, the only one that is to be loaded; NULL when there are fewer. */
struct bpf_program *select_program(struct bpf_object *object, int wanted);

/* Writes what this kernel has never heard of, as far as that stopped the load. */
void unsupported_fields(struct bpf_object *object, struct bpf_program *program);

/* Opens an object as veristat does, and gives its maps what they need for that program to load. */
struct bpf_object *open_object(const char *path);
void prepare_maps(struct bpf_object *object, struct bpf_program *program);

/* Takes a line of the configuration that says what an object attaches to, without its first word. */
void read_target(char *words);

/* Names the BPF program that this one attaches to, if it does. Returns 0, or the errno of a target that does not load. */
int set_target(const char *path, struct bpf_program *program, struct bpf_object **loaded);

#endif

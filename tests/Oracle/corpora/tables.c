// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the instruction tables of a release's test_verifier.c as load scripts. Called as `tables FOLDER`, it writes
 * FOLDER/TABLE.script for every table, and FOLDER/expected.jsonl: what the tests themselves expect.
 *
 * It is compiled together with the release's own test_verifier.c, which prepares each test for its load just as it does
 * when the tests are run. The functions of libbpf it calls are the stand-ins of tables_libbpf.h: they note what they are
 * asked for and answer with made-up descriptors and type ids. No bpf() call is made.
 *
 * verifier/tests.h is written by TableCorpus.cs: before the tests of a table it has one whose description is "@TABLE".
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tables_load.h"
#include "tables_libbpf.h"

#define main test_verifier_main
#include "test_verifier.c"
#undef main

static FILE *expected;
static const char *folder;

/* Flags of the kernel that runs the tests, of those every kernel has that is asked here. */
int testing_prog_flags(void) { return BPF_F_TEST_RND_HI32; }

/* ---- the tests ------------------------------------------------------------------------------ */

static FILE *create(const char *name, const char *suffix)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	file = fopen(path, "w");
	if (!file)
		fail(path);
	return file;
}

static void close_script(void)
{
	if (script && fclose(script))
		fail("cannot be written");
	script = NULL;
}

/* The description with every run of other characters than letters and digits as one '_'. */
static void slug(char *to, size_t room, const char *description)
{
	size_t used = 0;

	for (const char *p = description; *p && used + 1 < room; p++) {
		if (isalnum((unsigned char)*p))
			to[used++] = tolower((unsigned char)*p);
		else if (used && to[used - 1] != '_')
			to[used++] = '_';
	}
	while (used && to[used - 1] == '_')
		used--;
	to[used] = 0;
}

/* Names the test; one whose name its table already has gets a number, from 2 on, after "__", which no slug has. */
static void name_test(int first, int index)
{
	char other[sizeof(test_name) - 8];
	int same = 1;

	slug(other, sizeof(other), tests[index].descr);
	snprintf(test_name, sizeof(test_name), "%s", other);
	for (int i = first; i < index; i++) {
		slug(other, sizeof(other), tests[i].descr);
		same += !strcmp(other, test_name);
	}
	if (same > 1)
		snprintf(test_name + strlen(test_name), sizeof(test_name) - strlen(test_name), "__%d", same);
}

static void write_expected_text(const char *key, const char *text)
{
	fprintf(expected, ",\"%s\":\"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(expected, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(expected, "\\u%04x", *text);
		else
			fputc(*text, expected);
	}
	fprintf(expected, "\"");
}

static void write_expected(const struct bpf_test *test)
{
	fprintf(expected, "{\"object\":\"%s.script\"", table);
	write_expected_text("program", test_name);
	write_expected_text("description", test->descr);
	/* one that does not say must be refused */
	write_expected_text("result", test->result == ACCEPT ? "accept" : test->result == VERBOSE_ACCEPT ? "verbose_accept" : "reject");
	if (test->errstr && test->result != ACCEPT)
		write_expected_text("log", test->errstr);
	if (test->insn_processed)
		fprintf(expected, ",\"processed\":%u", test->insn_processed);
	fprintf(expected, "}\n");
}

int main(int argc, char **argv)
{
	int passes, errors, first = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: tables FOLDER\n");
		return 2;
	}
	folder = argv[1];
	expected = create("expected", ".jsonl");
	if (!freopen("/dev/null", "w", stdout))
		return 2;
	for (int i = 0; i < (int)(sizeof(tests) / sizeof(tests[0])); i++) {
		if (tests[i].descr[0] == '@') {
			close_script();
			snprintf(table, sizeof(table), "%s", tests[i].descr + 1);
			script = create(table, ".script");
			first = i + 1;
			continue;
		}
		name_test(first, i);
		write_expected(&tests[i]);
		memset(&noted, 0, sizeof(noted));
		srand(1);	/* some programs have random numbers: the same each time */
		do_test_single(&tests[i], false, &passes, &errors);
		if (noted.loads != 1)
			fail("made no load, or several");
	}
	close_script();
	if (fclose(expected))
		fail("cannot be written");
	return 0;
}

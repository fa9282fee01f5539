// SPDX-License-Identifier: GPL-2.0-only
// A type of every kind BTF has.
#define TAG(x) __attribute__((btf_decl_tag(x)))
#define USER __attribute__((btf_type_tag("user")))
typedef unsigned long long u64;
enum colour { RED, GREEN = 7, BLUE = -2 };
enum size { SMALL = 1, HUGE_ONE = 0x8000000000000001ULL };
enum deep { UNDER = -0x123456789abLL };
struct forward;
union forward_union;
typedef int (*handler)(struct forward *f, union forward_union *u, const char *name, ...);
struct packed { char c; int i; } __attribute__((packed));
struct bits { int a : 3; unsigned b : 9; u64 c : 40; _Bool d : 1; };
struct all {
	int number; unsigned char byte; _Bool truth; float single; double twice;
	const volatile int *restrict pointer; struct bits bits[3]; struct packed packed;
	union { int left; char right[8]; }; enum colour colour; enum size size; enum deep deep; handler handler; int USER *tagged; int tail[];
} TAG("whole");
struct all everything TAG("variable");
static int quiet = 3;
const int constant = 4;
extern int elsewhere;
static __attribute__((noinline)) int hidden(struct all *a) { return a->number + quiet; }
__attribute__((noinline)) int shown(struct all *a TAG("argument")) { return hidden(a) + constant + elsewhere; }

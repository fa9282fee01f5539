// SPDX-License-Identifier: GPL-2.0-only
// The "kernel" whose types the objects here are relocated against; only its BTF is used.
struct list { struct list *next, *prev; };
enum state { IDLE = 1, RUNNING = 5, STOPPED = -3 };
enum wide { SMALL = 1, LARGE = 0x123456789abcULL };
union shape { int side; struct { short w, h; } box; };
typedef unsigned long long u64;

struct inner {
	char pad[3];
	int values[8];
};

struct task {
	long started;
	struct list links;
	union {
		int id;
		struct { short low, high; };
	};
	unsigned int flag_a : 3, flag_b : 7;
	signed int level : 5;
	unsigned long long mask : 40;
	enum state state;
	struct inner inner[4];
	struct task *parent;
	u64 total;
	unsigned short narrow;
	char name[16];
	int tail[];
};

struct plain { int x; };
struct plain___old { int x; };
struct twice___a { int pad; int field; };
struct twice___b { int pad; int field; };
struct split___a { int field; };
struct split___b { long pad; int field; };

typedef int (*callback)(struct task *, int);
struct ops { callback call; int n; };

int use_some(struct task *t, struct plain *p, struct plain___old *po, struct twice___a *ta, struct twice___b *tb)
{
	return t->id + p->x + po->x + ta->field + tb->field;
}

int use_others(struct split___a *sa, struct split___b *sb, enum wide w, union shape *s, struct ops *o)
{
	return (int)w + sa->field + sb->field + s->side + o->n;
}

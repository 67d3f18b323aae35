// A small function in C with a counter and a table in its data.
#include <stdio.h>
#include "abi.h"

static int calls;
static uint32_t table[256] = {1, 1, 2, 3, 5, 8, 13, 21};
static char reply[4096];
static char room[64 << 10];
static uint32_t taken;

EXPORT("postern_abi_1") void version(void) {}

EXPORT("postern_alloc") void *alloc(uint32_t size) {
	if (size > sizeof room - taken) return 0;
	void *at = room + taken;
	taken += (size + 7) & ~7u;
	return at;
}

EXPORT("postern_handle")
uint64_t handle(char *event, uint32_t size, char *context, uint32_t context_size) {
	(void)context, (void)context_size;
	taken = 0;
	char *body = body_of(event, size);
	uint32_t hash = 2166136261u;
	for (char *c = body; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u + table[(unsigned char)*c % 8];
	if (is(body, "prime")) return packed(reply, snprintf(reply, sizeof reply, "hash %u", hash));
	if (is(body, "scribble")) {
		uint32_t end = __builtin_wasm_memory_size(0) * 65536;
		for (volatile char *at = (char *)1024; (uint32_t)at < end; at++) *at = 0xAA;
		return packed(reply, 8);
	}
	if (is(body, "grow")) grow_by(20);
	table[hash % 256]++, calls++;
	if (is(body, "trap")) __builtin_trap();
	if (is(body, "spin")) for (volatile int i = 0;; i++) {}
	return packed(reply, snprintf(reply, sizeof reply, "call %d, hash %u, table %u", calls, hash, table[hash % 256]));
}

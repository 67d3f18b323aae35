// A function in C that lives on malloc: it cuts its event into words, sorts
// them in a tree, frees half of it and leaks the rest.
#include <stdio.h>
#include <stdlib.h>
#include "abi.h"

struct node {
	struct node *left, *right;
	int count;
	char word[];
};

static struct node *words; // of all calls
static int calls, total;

EXPORT("postern_abi_1") void version(void) {}

EXPORT("postern_alloc") void *alloc(uint32_t size) { return malloc(size ? size : 1); }

static void add(struct node **at, const char *word) {
	while (*at) {
		int order = strcmp(word, (*at)->word);
		if (order == 0) {
			(*at)->count++;
			return;
		}
		at = order < 0 ? &(*at)->left : &(*at)->right;
	}
	*at = calloc(1, sizeof **at + strlen(word) + 1);
	if (!*at) __builtin_trap();
	strcpy((*at)->word, word);
	(*at)->count = 1, total++;
}

static int list(const struct node *n, char *to, int room) {
	if (!n || room <= 0) return 0;
	int used = list(n->left, to, room);
	used += snprintf(to + used, room - used, " %s=%d", n->word, n->count);
	return used < room ? used + list(n->right, to + used, room - used) : room;
}

EXPORT("postern_handle")
uint64_t handle(char *event, uint32_t size, char *context, uint32_t context_size) {
	(void)context_size;
	char *body = body_of(event, size);
	if (is(body, "scribble")) {
		uint32_t end = __builtin_wasm_memory_size(0) * 65536;
		memset((char *)1024, 0x55, end - 1024);
		return packed((void *)2048, 100);
	}
	if (is(body, "grow")) {
		for (int i = 0; i < 200; i++) memset(malloc(16 << 10), i, 16 << 10);
	}
	int primes = is(body, "prime");
	if (!primes) calls++;
	char *reply = malloc(8192), *was = strdup(body);
	for (char *word = strtok(was, " "); word; word = strtok(0, " ")) {
		if (!primes) add(&words, word);
		for (int i = 1; i < 50; i++) free(malloc(i * 37));
	}
	if (is(body, "trap")) {
		free(was);
		__builtin_trap();
	}
	free(was), free(context);
	int n = snprintf(reply, 8192, "call %d of %d words:", calls, total);
	return packed(reply, n + list(words, reply + n, 8192 - n));
}

// A function for tests: answers with the number of its calls and its event.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

static int calls;
static char reply[4096];

EXPORT("postern_abi_1") void version(void) {}

EXPORT("postern_alloc") void *alloc(uint32_t size) { return malloc(size ? size : 1); }

EXPORT("postern_handle")
uint64_t handle(char *event, uint32_t event_len, char *context, uint32_t context_len) {
	(void)context;
	(void)context_len;
	int n = snprintf(reply, sizeof reply, "%d %.*s", ++calls, (int)event_len, event);
	return (uint64_t)(uintptr_t)reply << 32 | (uint32_t)n;
}

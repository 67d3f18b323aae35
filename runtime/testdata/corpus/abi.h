// What a function in C exports, and where its event's body is.
#include <stdint.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("postern"), import_name(name)))

static inline uint64_t packed(const void *at, uint32_t size) {
	return (uint64_t)(uintptr_t)at << 32 | size;
}

// body_of finds the body of an event, up to its closing quote, and puts a zero
// after it.
static inline char *body_of(char *event, uint32_t size) {
	static char none[1];
	const char key[] = "\"body\":\"";
	for (uint32_t at = 0; at + sizeof key <= size; at++) {
		if (memcmp(event + at, key, sizeof key - 1) == 0) {
			char *body = event + at + sizeof key - 1, *end = body;
			while (end < event + size && *end != '"') end++;
			*end = 0;
			return body;
		}
	}
	return none;
}

static inline int is(const char *body, const char *verb) { return strncmp(body, verb, strlen(verb)) == 0; }

// grow_by asks for pages of memory and writes into the last of them.
static inline void grow_by(uint32_t pages) {
	uint32_t was = __builtin_wasm_memory_grow(0, pages);
	if (was != (uint32_t)-1) *(volatile char *)((was + pages) * 65536 - 1) = 1;
}

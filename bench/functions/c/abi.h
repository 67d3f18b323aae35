// What a function for Postern exports, without a C library: the event and the
// context of one call lie at the beginning of the heap, and the next call finds
// the heap empty again.
#ifndef POSTERN_ABI_H
#define POSTERN_ABI_H

#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536u

extern unsigned char __heap_base;
static uintptr_t heap_end;

EXPORT("postern_abi_1") void postern_abi_1(void) {}

// postern_alloc returns size bytes that stay until the call ends, 0 when there
// is no room for them.
EXPORT("postern_alloc") uint32_t postern_alloc(uint32_t size) {
  if (heap_end == 0) heap_end = (uintptr_t)&__heap_base;
  uintptr_t at = (heap_end + 15u) & ~(uintptr_t)15u;
  uintptr_t end = at + size;
  if (end < at) return 0;
  uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size_t)-1) return 0;
  heap_end = end;
  return (uint32_t)at;
}

// packed joins an address and a size the way postern_handle returns them. The
// reply stays where it is until the next call.
static uint64_t packed(const void *at, uint32_t size) {
  heap_end = (uintptr_t)&__heap_base;
  return (uint64_t)(uintptr_t)at << 32 | size;
}

#endif

// Answers an event with the body that it carries. The body is a JSON string in
// the event and one in the reply, so its text stays as it is, with its escapes, and
// where it is: the reply is written around it.
#include "abi.h"

#include <wasm_simd128.h>

static const char head[] =
    "{\"isBase64Encoded\":false,\"statusCode\":200,"
    "\"headers\":{\"Content-Type\":\"application/octet-stream\"},\"body\":\"";
static const char tail[] = "\"}";

// string_end returns the place of the quote that ends the string whose first
// character is at from. It looks at sixty-four characters at a time, then at
// sixteen.
static const char *string_end(const char *from, const char *end) {
  const v128_t quotes = wasm_i8x16_splat('"'), slashes = wasm_i8x16_splat('\\');
#define FOUND(at) \
  wasm_v128_or(wasm_i8x16_eq(wasm_v128_load(at), quotes), wasm_i8x16_eq(wasm_v128_load(at), slashes))
  for (;;) {
    while (end - from >= 64) {
      v128_t found = wasm_v128_or(wasm_v128_or(FOUND(from), FOUND(from + 16)),
                                  wasm_v128_or(FOUND(from + 32), FOUND(from + 48)));
      if (wasm_v128_any_true(found)) break;
      from += 64;
    }
    while (end - from >= 16) {
      uint32_t found = wasm_i8x16_bitmask(FOUND(from));
      if (found != 0) {
        from += __builtin_ctz(found);
        break;
      }
      from += 16;
    }
    while (from < end && *from != '"' && *from != '\\') from++;
    if (from >= end) return end;
    if (*from == '"') return from;
    from += 2;
  }
}

// find_body looks for the member "body" of the outermost object and gives the
// text between its quotes; nothing when it is absent or null.
static const char *find_body(const char *at, const char *end, uint32_t *size) {
  int depth = 0;
  *size = 0;
  for (; at < end; at++) {
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') depth--;
    if (*at != '"') continue;
    const char *word = at + 1;
    const char *close = string_end(word, end);
    at = close;
    if (depth != 1 || close + 1 >= end || close[1] != ':') continue;
    if (close - word != 4 || __builtin_memcmp(word, "body", 4) != 0) continue;
    if (close + 2 >= end || close[2] != '"') return tail;
    const char *body = close + 3;
    *size = (uint32_t)(string_end(body, end) - body);
    return body;
  }
  return tail;
}

EXPORT("postern_handle")
uint64_t postern_handle(char *event, uint32_t event_size, const char *context, uint32_t context_size) {
  uint32_t size;
  const char *body = find_body(event, event + event_size, &size);
  const uint32_t before = sizeof head - 1, after = sizeof tail - 1;
  char *reply;
  // The event belongs to the function, and ends with a quote and a brace at least.
  if (body >= event + before && body + size + after <= event + event_size) {
    reply = (char *)body - before;
  } else {
    reply = (char *)(uintptr_t)postern_alloc(before + size + after);
    if (reply == 0) __builtin_trap();
    __builtin_memcpy(reply + before, body, size);
  }
  __builtin_memcpy(reply, head, before);
  __builtin_memcpy(reply + before + size, tail, after);
  return packed(reply, before + size + after);
}

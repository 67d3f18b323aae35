// Answers an event with the body that it carries. The body is a JSON string in
// the event and one in the reply, so its text is copied with its escapes.
#include "abi.h"

static const char head[] =
    "{\"isBase64Encoded\":false,\"statusCode\":200,"
    "\"headers\":{\"Content-Type\":\"application/octet-stream\"},\"body\":\"";
static const char tail[] = "\"}";

#define EACH(byte) (0x0101010101010101u * (byte))

// has_zero is not 0 when one of the eight bytes is.
static uint64_t has_zero(uint64_t bytes) { return (bytes - EACH(0x01)) & ~bytes & EACH(0x80); }

// string_end returns the place of the quote that ends the string whose first
// character is at from. It looks at eight characters at a time.
static const char *string_end(const char *from, const char *end) {
  for (;;) {
    while (end - from >= 8) {
      uint64_t bytes;
      __builtin_memcpy(&bytes, from, sizeof bytes);
      if (has_zero(bytes ^ EACH('"')) | has_zero(bytes ^ EACH('\\'))) break;
      from += 8;
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
uint64_t postern_handle(const char *event, uint32_t event_size, const char *context, uint32_t context_size) {
  uint32_t size;
  const char *body = find_body(event, event + event_size, &size);
  uint32_t whole = sizeof head - 1 + size + sizeof tail - 1;
  char *reply = (char *)(uintptr_t)postern_alloc(whole);
  if (reply == 0) __builtin_trap();
  __builtin_memcpy(reply, head, sizeof head - 1);
  __builtin_memcpy(reply + sizeof head - 1, body, size);
  __builtin_memcpy(reply + sizeof head - 1 + size, tail, sizeof tail - 1);
  return packed(reply, whole);
}

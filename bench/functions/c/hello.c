// Answers every event with "hello world".
#include "abi.h"

static const char reply[] =
    "{\"isBase64Encoded\":false,\"statusCode\":200,"
    "\"headers\":{\"Content-Type\":\"text/html\"},\"body\":\"hello world\"}";

EXPORT("postern_handle")
uint64_t postern_handle(const char *event, uint32_t event_size, const char *context, uint32_t context_size) {
  return packed(reply, sizeof reply - 1);
}

/* The same in C, without a parser: it prints how long the event is. See the
   README for how it is built. */
#include <stdio.h>

int main(void) {
	char part[4096];
	size_t length = 0, n;
	while ((n = fread(part, 1, sizeof part, stdin)) > 0)
		length += n;
	printf("{\"statusCode\":200,\"headers\":{\"Content-Type\":\"text/plain\"},"
	       "\"body\":\"an event of %zu bytes\"}\n", length);
	return 0;
}

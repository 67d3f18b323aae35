// A WASI program in C: it counts the letters of its input.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int letters[26], runs;

int main(void) {
	static char event[1 << 16];
	size_t size = fread(event, 1, sizeof event - 1, stdin);
	runs++;
	for (size_t i = 0; i < size; i++)
		if (isalpha((unsigned char)event[i])) letters[tolower((unsigned char)event[i]) - 'a']++;
	if (strstr(event, "\"body\":\"trap")) {
		puts("half a reply");
		abort();
	}
	if (strstr(event, "\"body\":\"exit")) return 3;
	if (strstr(event, "\"body\":\"scribble")) memset(malloc(1 << 20), 0xAA, 1 << 20);
	printf("run %d:", runs);
	for (int i = 0; i < 26; i++) printf(" %d", letters[i]);
	return 0;
}

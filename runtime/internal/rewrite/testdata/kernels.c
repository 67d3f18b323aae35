/* Kernels for the benchmarks and tests of metering. Each export takes a size
   and gives a number that depends on all of the work. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline)) name

int32_t EXPORT(sieve)(int32_t n) {
	unsigned char *composite = calloc(n + 1, 1);
	int32_t count = 0;
	for (int32_t i = 2; i <= n; i++) {
		if (composite[i]) continue;
		count++;
		for (int32_t j = 2 * i; j <= n; j += i) composite[j] = 1;
	}
	free(composite);
	return count;
}

static int32_t fibonacci(int32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

int32_t EXPORT(fib)(int32_t n) { return fibonacci(n); }

#define SIDE 64
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

int32_t EXPORT(matrix)(int32_t rounds) {
	for (int i = 0; i < SIDE; i++)
		for (int j = 0; j < SIDE; j++) a[i][j] = i * j % 7, b[i][j] = i - 2 * j;
	for (int32_t r = 0; r < rounds; r++)
		for (int i = 0; i < SIDE; i++)
			for (int j = 0; j < SIDE; j++) {
				double sum = c[i][j] * 0.5;
				for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
				c[i][j] = sum;
			}
	double total = 0;
	for (int i = 0; i < SIDE; i++) total += c[i][i];
	return (int32_t)total;
}

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
	0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void block(uint32_t h[8], const unsigned char *p) {
	uint32_t w[64], s[8];
	for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t x = w[i - 15], y = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
	}
	memcpy(s, h, sizeof s);
	for (int i = 0; i < 64; i++) {
		uint32_t t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
		uint32_t t2 = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t1, s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++) h[i] += s[i];
}

int32_t EXPORT(sha256)(int32_t blocks) {
	static unsigned char data[64];
	uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	for (int32_t i = 0; i < blocks; i++) {
		memcpy(data, h, sizeof h);
		block(h, data);
	}
	return (int32_t)h[0];
}

/* json: a reader that counts values and sums numbers */

static const char text[] =
	"{\"path\":\"/shop/basket/42\",\"httpMethod\":\"POST\",\"headers\":{\"content-type\":\"application/json\",\"accept\":\"*/*\","
	"\"user-agent\":\"test\",\"x-request-id\":\"0123456789abcdef\"},\"queryString\":{\"page\":\"3\",\"size\":\"20\"},"
	"\"numbers\":[1,2,3,42,-7,1000000,0.5,12.25],\"flags\":[true,false,null],\"body\":\"with \\\"care\\\" and \\u00e9\"}";

struct reader {
	const char *p, *end;
	int32_t values;
	double sum;
};

static void space(struct reader *r) {
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r')) r->p++;
}

static int string(struct reader *r) {
	for (r->p++; r->p < r->end; r->p++) {
		if (*r->p == '\\') r->p++;
		else if (*r->p == '"') return r->p++, 1;
	}
	return 0;
}

static int number(struct reader *r) {
	int sign = 1;
	double v = 0, scale = 1;
	if (*r->p == '-') sign = -1, r->p++;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9') v = v * 10 + (*r->p++ - '0');
	if (r->p < r->end && *r->p == '.')
		for (r->p++; r->p < r->end && *r->p >= '0' && *r->p <= '9';) v += (*r->p++ - '0') * (scale /= 10);
	r->sum += sign * v;
	return 1;
}

static int value(struct reader *r) {
	space(r);
	if (r->p >= r->end) return 0;
	r->values++;
	switch (*r->p) {
	case '{':
	case '[': {
		char close = *r->p == '{' ? '}' : ']';
		r->p++;
		for (;;) {
			space(r);
			if (r->p < r->end && *r->p == close) return r->p++, 1;
			if (close == '}') {
				if (!string(r)) return 0;
				space(r);
				if (*r->p++ != ':') return 0;
			}
			if (!value(r)) return 0;
			space(r);
			if (r->p < r->end && *r->p == ',') r->p++;
		}
	}
	case '"': return string(r);
	case 't': return r->p += 4, 1;
	case 'f': return r->p += 5, 1;
	case 'n': return r->p += 4, 1;
	default: return number(r);
	}
}

int32_t EXPORT(json)(int32_t rounds) {
	int32_t total = 0;
	for (int32_t i = 0; i < rounds; i++) {
		struct reader r = {text, text + sizeof text - 1, 0, 0};
		if (!value(&r)) return -1;
		total += r.values + (int32_t)r.sum;
	}
	return total;
}

/* for the tests of images and limits */

static int32_t state = 1;
static char heap[1 << 16];

int32_t EXPORT(step)(int32_t n) {
	state = state * 31 + n;
	heap[(uint32_t)state % sizeof heap]++;
	int32_t sum = 0;
	for (unsigned i = 0; i < sizeof heap; i++) sum = sum * 3 + heap[i];
	return sum + state;
}

int32_t EXPORT(spin)(int32_t n) {
	volatile int32_t x = n;
	for (;;) x++;
	return x;
}

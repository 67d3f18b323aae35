// A function in C++ whose state is in containers that constructors fill before
// the first call.
#include <map>
#include <string>
#include <vector>

extern "C" {
#include "abi.h"
}

static std::map<std::string, int> counts = {{"the", 1}, {"first", 2}};
static std::vector<std::string> journal;
static std::string reply;

extern "C" EXPORT("postern_abi_1") void version() {}

extern "C" EXPORT("postern_alloc") void *alloc(uint32_t size) { return new char[size ? size : 1]; }

extern "C" EXPORT("postern_handle")
uint64_t handle(char *event, uint32_t size, char *context, uint32_t) {
	std::string body = body_of(event, size);
	delete[] event;
	delete[] context;
	if (body.rfind("prime", 0) == 0) {
		reply = "size " + std::to_string(counts.size());
		return packed(reply.data(), reply.size());
	}
	if (body.rfind("scribble", 0) == 0) {
		counts.clear();
		for (int i = 0; i < 20000; i++) journal.push_back(std::string(i % 100, 'x'));
	}
	journal.push_back(body);
	counts[body]++;
	if (body.rfind("trap", 0) == 0) __builtin_trap();
	reply = "journal " + std::to_string(journal.size());
	for (auto &[word, count] : counts) reply += " " + word + "=" + std::to_string(count);
	return packed(reply.data(), reply.size());
}

// A function whose work is done by a script: QuickJS, compiled to WebAssembly,
// with the script loaded before the first call.
#include <stdlib.h>
#include "../abi.h"
#include "quickjs.h"

IMPORT("fail") void fail(const char *message, uint32_t size);

static JSContext *js;
static JSValue handler;
static const char *reply;

static const char script[] =
#include "script.inc"
;

__attribute__((constructor)) static void start(void) {
	js = JS_NewContext(JS_NewRuntime());
	JSValue loaded = JS_Eval(js, script, sizeof script - 1, "handler.js", JS_EVAL_TYPE_GLOBAL);
	JSValue global = JS_GetGlobalObject(js);
	handler = JS_GetPropertyStr(js, global, "handle");
	if (JS_IsException(loaded) || !JS_IsFunction(js, handler)) __builtin_trap();
	JS_FreeValue(js, loaded);
	JS_FreeValue(js, global);
}

EXPORT("postern_abi_1") void version(void) {}

EXPORT("postern_alloc") void *alloc(uint32_t size) { return malloc(size ? size : 1); }

EXPORT("postern_handle")
uint64_t handle(char *event, uint32_t size, char *context, uint32_t context_size) {
	(void)context_size;
	JSValue input = JS_NewStringLen(js, event, size);
	free(event), free(context);
	JSValue output = JS_Call(js, handler, JS_UNDEFINED, 1, &input);
	JS_FreeValue(js, input);
	size_t length;
	if (JS_IsException(output)) {
		const char *message = JS_ToCStringLen(js, &length, JS_GetException(js));
		fail(message, length);
		return 0;
	}
	if (reply) JS_FreeCString(js, reply);
	reply = JS_ToCStringLen(js, &length, output);
	JS_FreeValue(js, output);
	return packed(reply, length);
}

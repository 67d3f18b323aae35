package rewrite

import "github.com/postern-dev/postern/abi/fault"

func badModule(format string, args ...any) *fault.Error {
	return fault.New(fault.BadModule, "the module "+format, args...).
		WithHint("Build it again and upload the whole file; the bytes are damaged or their producer has a bug.")
}

// proposal is a WebAssembly proposal that is not run, with a way out.
type proposal struct{ name, hint string }

var (
	memory64    = proposal{"memory64", "Build for wasm32, for example with --target=wasm32-wasi."}
	threads     = proposal{"threads (shared memory and atomics)", "Build without threads: no -pthread, no +atomics target feature."}
	exceptions  = proposal{"exception handling", "Build without exceptions, for example with -fno-exceptions or panic=abort."}
	oldHandling = proposal{"exception handling (legacy)", "Build without exceptions, for example with -fno-exceptions or panic=abort."}
	gc          = proposal{"GC", "Choose a toolchain that brings its own memory management; GC types are not run."}
	typedRefs   = proposal{"typed function references", "Build without the function-references and GC features."}
	multiMemory = proposal{"multi-memory", "Build with one memory only."}
	relaxedSIMD = proposal{"relaxed SIMD", "Build without -mrelaxed-simd; plain SIMD is fine."}
	wideInts    = proposal{"wide arithmetic", "Build without the wide-arithmetic feature."}
	pageSizes   = proposal{"custom page sizes", "Build with pages of 64 KiB."}
)

func (p proposal) refusal() *fault.Error {
	return fault.New(fault.Unsupported, "the module uses %s, which is not supported", p.name).WithHint("%s", p.hint)
}

func unknownOpcode(op opcode) *fault.Error {
	return fault.New(fault.Unsupported, "the module uses the unknown instruction %s", op).
		WithHint("Build for WebAssembly 2.0, without newer proposals.")
}

package wasm

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// host is a module that functions may import from.
type host struct {
	name      string
	functions []hostFunction
}

// hostFunction is one import. Its signature is a letter for each parameter, 'i'
// for i32 and 'I' for i64, then '>' and the letter of the result, if there is
// one. call finds parameters in stack and leaves the result in stack[0].
type hostFunction struct {
	name      string
	signature string
	call      func(i *Instance, stack []uint64)
}

// hosts returns all modules that functions may import from. They hold no state
// of their own.
func hosts() []host {
	return []host{
		{abi.ImportModule, posternFunctions()},
		{abi.ImportWASI, wasiFunctions()},
	}
}

// posternFunctions are what the ABI lets functions import. The tick, which is
// for the rewriter alone, is not among them.
func posternFunctions() []hostFunction {
	return []hostFunction{
		{abi.ImportCall, "iiii>I", callService},
		{abi.ImportLog, "iii>", logLine},
		{abi.ImportFail, "ii>", fail},
	}
}

// provide instantiates h in engine.
func (h host) provide(ctx context.Context, engine wazero.Runtime) error {
	builder := engine.NewHostModuleBuilder(h.name)
	for _, f := range h.functions {
		params, results := parseSignature(f.signature)
		builder.NewFunctionBuilder().WithName(f.name).WithGoFunction(api.GoFunc(
			func(ctx context.Context, stack []uint64) { f.call(instanceOf(ctx), stack) }), params, results).Export(f.name)
	}
	if h.name == rewrite.TickModule {
		builder.NewFunctionBuilder().WithName(rewrite.TickName).WithGoModuleFunction(api.GoModuleFunc(
			func(ctx context.Context, guest api.Module, _ []uint64) { instanceOf(ctx).tick(guest) }), nil, nil).
			Export(rewrite.TickName)
	}
	if _, err := builder.Instantiate(ctx); err != nil {
		return fmt.Errorf("provide module %s: %w", h.name, err)
	}
	return nil
}

// parseSignature reads the signature of a hostFunction.
func parseSignature(s string) (params, results []api.ValueType) {
	to := &params
	for _, c := range s {
		switch c {
		case 'i':
			*to = append(*to, api.ValueTypeI32)
		case 'I':
			*to = append(*to, api.ValueTypeI64)
		case '>':
			to = &results
		}
	}
	return params, results
}

// Units of fuel that the host's work costs a run, about a nanosecond each.
const (
	costImport  = 100  // of any import but tick
	costService = 2000 // of a call of a service, beside what its bytes cost
)

// costBytes is what moving so many bytes costs.
func costBytes(n int) int64 { return int64(n) / 8 }

// logLine is postern.log(level, ptr, len).
func logLine(i *Instance, stack []uint64) {
	level, text := uint32(stack[0]), i.mustSlice(uint32(stack[1]), uint32(stack[2]))
	text = text[:min(len(text), abi.MaxLogLine)]
	i.charge(costImport + costBytes(len(text)))
	i.print(Level(min(level, abi.MaxLogLevel)), text)
}

// fail is postern.fail(ptr, len).
func fail(i *Instance, stack []uint64) {
	message := i.mustSlice(uint32(stack[0]), uint32(stack[1]))
	i.charge(costImport)
	i.failed, i.failure = true, validText(message[:min(len(message), abi.MaxFailure)])
}

package wasm

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

// The exports of a function and their signatures, as in a hostFunction.
var (
	functionExports = []signed{
		{abi.ExportVersion, ">"},
		{abi.ExportAlloc, "i>i"},
		{abi.ExportHandle, "iiii>I"},
	}
	optionalExports = []signed{
		{abi.ExportInitialize, ">"},
		{abi.ExportRestored, ">"},
	}
	startExport = signed{abi.ExportStart, ">"}
	allocExport = signed{abi.ExportAlloc, "i>i"}
)

// signed is an export with its signature.
type signed struct{ name, signature string }

// Check says what a module is and whether it can be loaded with so many bytes
// of memory. It compiles nothing and is fast. An error is a fault whose message
// and hint are for the author of the function; what only a compiler can find
// shows in Load.
func (r *Runtime) Check(wasm []byte, maxMemory uint64) (*rewrite.Info, Kind, error) {
	if err := r.checkSize(wasm); err != nil {
		return nil, "", err
	}
	info, err := rewrite.Inspect(wasm)
	if err != nil {
		return nil, "", err
	}
	kind, err := r.judge(info, maxMemory)
	if err != nil {
		return nil, "", err
	}
	return info, kind, nil
}

func (r *Runtime) checkSize(wasm []byte) error {
	if limit := r.options.MaxModule; limit > 0 && int64(len(wasm)) > limit {
		return fault.New(fault.ModuleTooLarge, "the module has %d bytes, the limit is %d", len(wasm), limit).
			WithHint("Strip it (-ldflags=\"-s -w\" for Go, wasm-strip or -s for others) or drop what it does not need.")
	}
	return nil
}

// maxBranches bounds the blocks and branches of one function. The compiler looks
// at its deadline between functions only, and its work on one grows with more
// than the square of them: 20,000 take some ten seconds, a hundred thousand many
// minutes. The interpreters of QuickJS and of Go's text packages have 3,000.
const maxBranches = 20_000

// judge says how to drive a module, or why it cannot be loaded.
func (r *Runtime) judge(info *rewrite.Info, maxMemory uint64) (Kind, error) {
	if limit := r.options.MaxFunctions; limit > 0 && info.Functions > limit {
		return "", fault.New(fault.ModuleTooLarge, "the module has %d functions, the limit is %d", info.Functions, limit)
	}
	if info.Branches > maxBranches {
		return "", fault.New(fault.ModuleTooLarge, "a function of the module has %d blocks and branches, the limit is %d", info.Branches, maxBranches).
			WithHint("It would take too long to compile. Split the function.")
	}
	kind := Function
	if exports(info, abi.ExportStart) && !exports(info, abi.ExportHandle) {
		kind = Command
	}
	if err := checkExports(info, kind); err != nil {
		return "", err
	}
	if err := checkImports(info); err != nil {
		return "", err
	}
	return kind, checkMemory(info, maxMemory)
}

func exports(info *rewrite.Info, name string) bool {
	_, ok := info.Export(name)
	return ok
}

func checkExports(info *rewrite.Info, kind Kind) error {
	required := functionExports
	if kind == Command {
		required = []signed{startExport}
		if importsCall(info) {
			required = append(required, allocExport)
		}
	}
	for _, want := range required {
		if !exports(info, want.name) {
			return fault.New(fault.MissingExport, "the module does not export %s", want).WithHint("%s", hintFor(info))
		}
		if err := checkExport(info, want); err != nil {
			return err
		}
	}
	if kind == Function && exports(info, abi.ExportStart) && !exports(info, abi.ExportInitialize) && isGo(info) {
		return fault.New(fault.MissingExport, "the module exports %s beside %s, but not %s",
			abi.ExportStart, abi.ExportHandle, abi.ExportInitialize).
			WithHint("Build it with -buildmode=c-shared: Go has to set itself up before the first call.")
	}
	for _, want := range optionalExports {
		if kind == Function && exports(info, want.name) {
			if err := checkExport(info, want); err != nil {
				return err
			}
		}
	}
	memory, ok := info.Export(abi.ExportMemory)
	switch {
	case !ok:
		return fault.New(fault.MissingExport, "the module does not export its memory as %q", abi.ExportMemory).
			WithHint("Link with --export-memory, or whatever the toolchain calls it.")
	case memory.Kind != rewrite.KindMemory:
		return fault.New(fault.WrongSignature, "the export %q is a %s, a memory is needed", abi.ExportMemory, memory.Kind)
	}
	return nil
}

// checkExport compares an export that is there with what the ABI wants.
func checkExport(info *rewrite.Info, want signed) error {
	have, _ := info.Export(want.name)
	if have.Kind != rewrite.KindFunc {
		return fault.New(fault.WrongSignature, "the export %s is a %s, a function is needed", want.name, have.Kind)
	}
	if wanted := want.funcType(); !have.Type.Equal(wanted) {
		return fault.New(fault.WrongSignature, "the export %s has the type %s, expected %s", want.name, have.Type, wanted).
			WithHint("All parameters are i32, addresses and sizes in bytes; the ABI manual lists the signatures.")
	}
	return nil
}

// hintFor guesses why a module has no exports of the ABI.
func hintFor(info *rewrite.Info) string {
	switch {
	case exports(info, abi.ExportInitialize):
		return "Use the SDK of the language, which exports it, or export it yourself: the ABI manual says how."
	case len(info.Exports) == 0:
		return "The module exports nothing: the linker may have dropped what it thought unused."
	}
	return "A function exports the ABI (an SDK does that); a WASI command exports _start. The module is neither."
}

// isGo reports whether a Go compiler built the module.
func isGo(info *rewrite.Info) bool {
	return strings.HasPrefix(info.Toolchain, "Go") || strings.HasPrefix(info.Toolchain, "TinyGo")
}

func importsCall(info *rewrite.Info) bool {
	for _, im := range info.Imports {
		if im.Module == abi.ImportModule && im.Name == abi.ImportCall {
			return true
		}
	}
	return false
}

func checkImports(info *rewrite.Info) error {
	offered := map[[2]string]hostFunction{}
	for _, h := range hosts() {
		for _, f := range h.functions {
			offered[[2]string{h.name, f.name}] = f
		}
	}
	for _, im := range info.Imports {
		f, ok := offered[[2]string{im.Module, im.Name}]
		switch {
		case !ok:
			return fault.New(fault.UnknownImport, "the module imports %q.%q, which nobody provides", im.Module, im.Name).
				WithHint("%s", importHint(im.Module))
		case im.Kind != rewrite.KindFunc:
			return fault.New(fault.WrongSignature, "the module imports %q.%q as a %s, it is a function", im.Module, im.Name, im.Kind)
		}
		if wanted := (signed{f.name, f.signature}).funcType(); !im.Type.Equal(wanted) {
			return fault.New(fault.WrongSignature, "the module imports %q.%q with the type %s, expected %s",
				im.Module, im.Name, im.Type, wanted)
		}
	}
	return nil
}

func importHint(module string) string {
	switch module {
	case abi.ImportWASI:
		return "It is no function of WASI preview 1."
	case abi.ImportModule:
		return fmt.Sprintf("Module %q gives %s, %s and %s.", module, abi.ImportCall, abi.ImportLog, abi.ImportFail)
	case "wasi_unstable":
		return "Build for wasi_snapshot_preview1, with a newer toolchain or target."
	case "gojs", "go":
		return "Build with GOOS=wasip1, not GOOS=js."
	case "wbg", "__wbindgen_placeholder__":
		return "Build for wasm32-wasip1 without wasm-bindgen, which needs a browser."
	}
	return fmt.Sprintf("Functions may import from %q and %q only.", abi.ImportModule, abi.ImportWASI)
}

func checkMemory(info *rewrite.Info, limit uint64) error {
	if start := uint64(info.Memory.Min) * wasmPage; start > limit {
		return fault.New(fault.ModuleMemoryLimit, "the module starts with %d bytes of memory, the function may have %d", start, limit).
			WithHint("Raise memory in the manifest, or link with a smaller initial memory.")
	}
	return nil
}

// funcType is the signature in the words of the rewriter.
func (s signed) funcType() rewrite.FuncType {
	params, results := parseSignature(s.signature)
	var t rewrite.FuncType
	for _, p := range params {
		t.Params = append(t.Params, rewrite.ValType(p))
	}
	for _, p := range results {
		t.Results = append(t.Results, rewrite.ValType(p))
	}
	return t
}

// String gives name and type, for example "postern_alloc (i32) -> (i32)".
func (s signed) String() string { return s.name + " " + s.funcType().String() }

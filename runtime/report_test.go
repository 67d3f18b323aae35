package runtime

import (
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/rewrite"
)

func TestDiagnose_saysWhatAModuleIs(t *testing.T) {
	r, err := Diagnose(abitest.CallOp("records.get", "{}"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if r.Kind != "function" || r.Bytes == 0 || r.StartMemory == 0 || r.Unfreezable != "" {
		t.Errorf("got %+v", r)
	}
	if want := "postern.call (i32, i32, i32, i32) -> (i64)"; !slices.Contains(r.Imports, want) {
		t.Errorf("imports = %q, want %q in them", r.Imports, want)
	}
	for _, want := range []string{"postern_alloc (i32) -> (i32)", "memory memory"} {
		if !slices.Contains(r.Exports, want) {
			t.Errorf("exports = %q, want %q in them", r.Exports, want)
		}
	}
}

func TestDiagnose_saysWhyAModuleIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		wasm    []byte
		memory  uint64
		code    fault.Code
		imports bool // the report has them though
	}{
		"no module":        {abitest.NotWasm(), 1 << 20, fault.NotWasm, false},
		"a component":      {abitest.Component(), 1 << 20, fault.Component, false},
		"half a module":    {abitest.Truncated(), 1 << 20, fault.BadModule, false},
		"no handle":        {abitest.Without(abi.ExportHandle), 1 << 20, fault.MissingExport, false},
		"a strange type":   {abitest.WrongSignature(abi.ExportAlloc), 1 << 20, fault.WrongSignature, false},
		"a strange import": {abitest.UnknownImport("env", "abort"), 1 << 20, fault.UnknownImport, true},
		"a vast memory":    {abitest.HugeMemory(1024), 1 << 20, fault.ModuleMemoryLimit, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Diagnose(c.wasm, c.memory)
			if code := fault.CodeOf(err); code != c.code {
				t.Fatalf("err = %v, want %q", err, c.code)
			}
			if fault.Of(err).Hint == "" {
				t.Errorf("%v has no hint", err)
			}
			if r.Bytes != int64(len(c.wasm)) || c.imports != (len(r.Imports) > 0) {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestDiagnose_givesLinesThatCanBePrinted(t *testing.T) {
	r, err := Diagnose(abitest.UnknownImport("evil\x1b[2J\n", strings.Repeat("ä", 1000)), 1<<20)
	if fault.CodeOf(err) != fault.UnknownImport {
		t.Fatal(err)
	}
	for _, line := range r.Imports {
		if strings.ContainsAny(line, "\x1b\n") || len(line) > 250 {
			t.Errorf("got %q", line)
		}
	}
}

func TestDiagnose_listsTheFirstOfMany(t *testing.T) {
	var names []string
	for range 100 {
		names = list(names, 100, "f", rewrite.KindFunc, rewrite.FuncType{})
	}
	if len(names) != maxListed+1 || names[maxListed] != "and 36 more" {
		t.Fatalf("got %d names, the last is %q", len(names), names[len(names)-1])
	}
}

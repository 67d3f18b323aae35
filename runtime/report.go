package runtime

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/runtime/internal/rewrite"
	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// Report says what a module is and needs, as far as its bytes tell.
type Report struct {
	Bytes       int64    // size of the module
	Kind        string   // "function" or "command"; "" when it is neither
	Toolchain   string   // what built it; "" when it does not say
	Functions   int      // defined and imported
	StartMemory uint64   // bytes of linear memory that it starts with
	Proposals   []string // of WebAssembly, that it uses beyond the first version
	Imports     []string // with their types, such as "postern.fail (i32, i32) -> ()"
	Exports     []string // with their types
	Unfreezable string   // why no image of it can be taken; "" when one can
}

// maxListed is how many imports and exports a report lists of each.
const maxListed = 64

// Diagnose looks at a module without compiling or running it. memory is what the
// function may have, in bytes. The error is a fault that says why a server would
// refuse the module and what to do about it; the report says what is known all
// the same. A module without an error may still be refused when it is tried.
func Diagnose(module []byte, memory uint64) (Report, error) {
	info, kind, err := wasm.Diagnose(module, memory)
	if info == nil {
		return Report{Bytes: int64(len(module))}, err
	}
	return reportOf(info, kind, int64(len(module))), err
}

func reportOf(info *rewrite.Info, kind wasm.Kind, bytes int64) Report {
	r := Report{
		Bytes:       bytes,
		Kind:        string(kind),
		Toolchain:   info.Toolchain,
		Functions:   info.Functions,
		Proposals:   info.Proposals,
		StartMemory: uint64(info.Memory.Min) * pageSize,
		Unfreezable: info.Unfreezable,
	}
	for _, im := range info.Imports {
		r.Imports = list(r.Imports, len(info.Imports), im.Module+"."+im.Name, im.Kind, im.Type)
	}
	for _, ex := range info.Exports {
		r.Exports = list(r.Exports, len(info.Exports), ex.Name, ex.Kind, ex.Type)
	}
	return r
}

// list appends a name with what it is, or how many there are when enough are
// listed. Names are whatever somebody uploaded, so they are made fit for a line.
func list(names []string, all int, name string, kind rewrite.Kind, t rewrite.FuncType) []string {
	const longest = 200
	what := kind.String()
	switch {
	case len(names) > maxListed:
		return names
	case len(names) == maxListed:
		return append(names, fmt.Sprintf("and %d more", all-maxListed))
	case kind == rewrite.KindFunc:
		what = t.String()
	}
	line := strings.Map(graphic, strings.ToValidUTF8(name+" "+what, "\uFFFD"))
	if len(line) > longest {
		line = strings.ToValidUTF8(line[:longest], "") + "…"
	}
	return append(names, line)
}

// graphic replaces what a terminal would not print.
func graphic(r rune) rune {
	if !unicode.IsGraphic(r) {
		return unicode.ReplacementChar
	}
	return r
}

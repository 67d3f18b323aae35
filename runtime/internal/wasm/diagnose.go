package wasm

import "github.com/postern-dev/postern/runtime/internal/rewrite"

// Diagnose says what a module is and how it would be driven with so many bytes
// of memory. Nothing is compiled, and a runtime's own limits don't count. An
// error says why the module cannot be loaded; what was found out until then
// comes with it. The info is nil for bytes that are no module.
func Diagnose(wasm []byte, maxMemory uint64) (*rewrite.Info, Kind, error) {
	info, err := rewrite.Inspect(wasm)
	if err != nil {
		return nil, "", err
	}
	kind, err := (&Runtime{}).judge(info, maxMemory)
	return info, kind, err
}

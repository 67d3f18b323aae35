package wasm

import (
	"reflect"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/runtime/internal/trail"
)

// A version of the engine that names its fields otherwise fails here, and
// nowhere else.
func TestInstance_tracesTheEngine(t *testing.T) {
	i := newInstance(t, clean(abitest.Hello()))
	call(t, i, Run{Event: []byte("{}"), Context: []byte("{}")})
	state := partOf(i.alloc.function)
	module := partOf(i.guest)
	engine := module.field("Engine").target()
	for name, p := range map[string]part{
		"call":           state,
		"context":        state.field("execCtx"),
		"registers":      state.field("execCtx").field("savedRegisters"),
		"stack":          {i.alloc.stack},
		"module":         module,
		"closed":         module.field("Closed"),
		"source":         module.field("Source"),
		"import globals": module.field("Source").target().field("ImportGlobalCount"),
		"engine":         engine,
		"opaque":         engine.field("opaque"),
		"globals":        module.field("Globals"),
	} {
		if !p.CanAddr() {
			t.Errorf("%s is not found", name)
		} else if p.Kind() == reflect.Slice && p.Len() == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	var whole, ours trail.Trail
	i.Trace(&whole)
	trail.Of(&ours, i)
	trail.Of(&ours, i.module)
	if n := whole.Lines() - ours.Lines(); n < 25 {
		t.Errorf("the engine's part has %d lines, want more", n)
	}
}

func TestInstance_movesWhenItRested(t *testing.T) {
	for name, module := range map[string][]byte{"function": abitest.Hello(), "command": abitest.CommandEcho()} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, clean(module))
			run := Run{Event: []byte("{}"), Context: []byte("{}")}
			call(t, i, run)
			before := i.Moved()
			call(t, i, run)
			if i.Moved() != before {
				t.Error("it moved though it did not rest")
			}
			if err := i.Rest(); err != nil {
				t.Fatal(err)
			}
			i.Trace(&trail.Trail{}) // has no handles and no stacks
			call(t, i, run)
			if i.Moved() == before {
				t.Error("it took new stacks and did not move")
			}
		})
	}
}

package rewrite

import (
	"maps"
	"testing"
)

// functionNamesOf reads the functions' names of a module.
func functionNamesOf(t *testing.T, wasm []byte) map[uint32]string {
	t.Helper()
	m, err := decode(wasm)
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint32]string{}
	for _, c := range m.customs {
		if c.name != "name" {
			continue
		}
		for r := (&reader{b: c.body}); r.more(); {
			id := r.byte()
			sub := &reader{b: r.bytes(r.count(1))}
			if id != namesOfFunctions {
				continue
			}
			last := -1
			for range sub.count(2) {
				i := sub.u32()
				if int(i) <= last {
					t.Errorf("name of function %d after that of %d", i, last)
				}
				last = int(i)
				got[i] = string(sub.bytes(sub.count(1)))
			}
		}
	}
	return got
}

func TestMeter_keepsFunctionNames(t *testing.T) {
	m := newModule()
	m.types = []FuncType{{}}
	m.imports = []importEntry{{module: "env", name: "host"}}
	m.importedFuncs = 1
	m.memories = []limits{{min: 1}}
	m.add("a", FuncType{}, nil)
	m.add("b", FuncType{Params: []ValType{I32}}, nil,
		opLocalGet, 0, opLocalGet, 0, opLocalGet, 0, prefixMisc, 11, 0)
	functions := []byte{3, 0, 1, 'h', 1, 1, 'a', 2, 1, 'b'}
	locals := []byte{1, 2, 1, 0, 1, 'p'}
	labels := []byte{1, 1, 1, 0, 1, 'l'}
	var names []byte
	names = appendBytes(append(names, namesOfModule), appendName(nil, "mod"))
	names = appendBytes(append(names, namesOfFunctions), functions)
	names = appendBytes(append(names, namesOfLocals), locals)
	names = appendBytes(append(names, namesOfLabels), labels)
	m.customs = []custom{{"name", names}, {".debug_info", []byte{1}}, {"linking", []byte{2}}, {"target_features", []byte{0}}}
	metered := mustMeter(t, m.bytes()).Wasm
	got := functionNamesOf(t, metered)
	want := map[uint32]string{0: "h", 1: "postern.tick", 2: "a", 3: "b", 4: "postern:fill", 5: "postern:probe"}
	if !maps.Equal(got, want) {
		t.Errorf("names = %v, want %v", got, want)
	}
	d, err := decode(metered)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, c := range d.customs {
		kept = append(kept, c.name)
	}
	if len(kept) != 2 || kept[0] != "name" || kept[1] != "target_features" {
		t.Errorf("custom sections = %v, want name and target_features", kept)
	}
}

func TestMeter_dropsNamesThatCannotBeRead(t *testing.T) {
	m := newModule()
	m.add("a", FuncType{}, nil)
	m.customs = []custom{{"name", []byte{1, 3, 200, 1, 1}}}
	if got := functionNamesOf(t, mustMeter(t, m.bytes()).Wasm); len(got) != 0 {
		t.Errorf("names = %v, want none", got)
	}
}

package route

import (
	"slices"
	"testing"
	"unsafe"
)

func TestTable_tracesTheWayToTheRule(t *testing.T) {
	for name, row := range map[string]struct {
		parse  parser
		lines  []string
		path   string
		before int // pieces before the leaf and the rule
	}{
		"exact":                {ParseLambda, []string{"/a", "/b"}, "/b", 0},
		"prefix":               {ParseSCF, []string{"/a", "/b"}, "/b", 2 * 4},
		"prefix with branches": {ParseSCF, []string{"/a/1", "/a/2", "/b"}, "/a/2/x", 3 * 4},
		"template":             {ParseLambda, []string{"/a/{x}", "/b/{x}"}, "/b/c", 3},
	} {
		t.Run(name, func(t *testing.T) {
			table := single(t, row.parse, row.lines...)
			var pieces []unsafe.Pointer
			table.Trace([]byte("h.example"), []byte(row.path), []byte("GET"), func(at unsafe.Pointer, bytes uintptr) {
				if at == nil || bytes == 0 {
					t.Errorf("piece %d has %d bytes at %p", len(pieces), bytes, at)
				}
				pieces = append(pieces, at)
			})
			if len(pieces) != row.before+2 {
				t.Errorf("%d pieces, want %d", len(pieces), row.before+2)
			}
			rules := table.every.app.Rules
			found := look(table, "h.example"+row.path)
			at := slices.IndexFunc(rules, func(r Rule[string]) bool { return len(found) >= len(r.Target) && found[:len(r.Target)] == r.Target })
			if at < 0 || pieces[len(pieces)-1] != unsafe.Pointer(&rules[at]) {
				t.Errorf("the last piece is not the rule of %q", found)
			}
		})
	}
}

func TestTable_tracesNothingWhereNobodyIs(t *testing.T) {
	table, err := New[string](nil)
	if err != nil {
		t.Fatal(err)
	}
	table.Trace(nil, []byte("/a"), []byte("GET"), func(at unsafe.Pointer, bytes uintptr) { t.Errorf("%d bytes at %p", bytes, at) })
}

package meter

import (
	"bufio"
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exposition is what a reader of the text format understands.
type exposition struct {
	values map[string]float64 // by name and labels, as written
	kinds  map[string]string  // by name, from # TYPE
	helps  map[string]string  // by name, from # HELP
	order  []string           // names of our families as their series come, runs merged
}

// parse reads the text format strictly for our own families: a series needs
// its header before it.
func parse(t *testing.T, m *Meter) exposition {
	t.Helper()
	var b bytes.Buffer
	if err := m.WritePrometheus(&b); err != nil {
		t.Fatal(err)
	}
	e := exposition{values: map[string]float64{}, kinds: map[string]string{}, helps: map[string]string{}}
	lines := bufio.NewScanner(&b)
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, help, _ := strings.Cut(rest, " ")
			e.helps[name] = help
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			e.kinds[name] = kind
			continue
		}
		space := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[space+1:], 64)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		key := line[:space]
		if _, ok := e.values[key]; ok {
			t.Fatalf("series %s comes twice", key)
		}
		e.values[key] = value
		e.note(t, key)
	}
	return e
}

// note checks that our series stand below their header.
func (e *exposition) note(t *testing.T, key string) {
	t.Helper()
	name, _, _ := strings.Cut(key, "{")
	if !strings.HasPrefix(name, "postern_") {
		return
	}
	if e.kinds[name] == "" {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, ok := strings.CutSuffix(name, suffix); ok && e.kinds[base] == "histogram" {
				name = base
			}
		}
	}
	if e.kinds[name] == "" || e.helps[name] == "" {
		t.Fatalf("series %s has no header above it", key)
	}
	if n := len(e.order); n == 0 || e.order[n-1] != name {
		e.order = append(e.order, name)
	}
}

// ours returns the keys of the series of functions, sorted.
func (e *exposition) ours() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(e.values)) {
		if strings.HasPrefix(key, "postern_") && strings.Contains(key, "app=") {
			keys = append(keys, key)
		}
	}
	return keys
}

func (e *exposition) want(t *testing.T, key string, want float64) {
	t.Helper()
	if got, ok := e.values[key]; !ok || got != want {
		t.Errorf("%s = %v (there: %v), want %v", key, got, ok, want)
	}
}

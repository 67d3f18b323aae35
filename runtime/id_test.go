package runtime

import (
	"strings"
	"testing"
)

func TestIDs_areDistinctHex(t *testing.T) {
	var ids IDs
	seen := make(map[string]bool)
	for range 1000 {
		id := ids.Next()
		if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Fatalf("id = %q, want 32 hex digits", id)
		}
		if seen[id] {
			t.Fatalf("id %s came twice", id)
		}
		seen[id] = true
	}
}

func TestIDs_costHardlyAnAllocation(t *testing.T) {
	var ids IDs
	if got := testing.AllocsPerRun(1000, func() { ids.Next() }); got >= 1 {
		t.Fatalf("allocations per id = %v, want less than 1", got)
	}
}

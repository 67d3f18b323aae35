package runtime

import "testing"

// What Linux gives a process by default is enough for ten thousand functions of
// ten thousand modules with an instance each.
func TestMaxInstances_leavesMappingsToFunctions(t *testing.T) {
	for name, given := range map[string]int{"few": 1000, "usual": 57_339, "many": 1 << 20} {
		instances, functions := instancesIn(given), loadedIn(given)
		if taken := instances*mappingsPerInstance + functions*mappingsPerLoaded; taken > given {
			t.Errorf("%s: %d instances and %d functions take %d mappings of %d", name, instances, functions, taken, given)
		}
		if given >= 57_339 && (instances < 10_000 || functions < 10_000) {
			t.Errorf("%s: %d instances and %d functions, want 10,000 of each", name, instances, functions)
		}
	}
	if instancesIn(1) < 1 || loadedIn(1) < 1 || MaxInstances() < 1 || maxLoaded() < 1 {
		t.Error("there is no room for a single function")
	}
}

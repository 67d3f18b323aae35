package spread

import (
	"runtime"
	"testing"
)

func TestPlaces_areTwoForAProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for processors, want := range map[int]int{1: 2, 2: 4, 8: 16, 9: 16, 64: 16} {
		runtime.GOMAXPROCS(processors)
		if got := Places(); got != want {
			t.Errorf("%d processors: %d places, want %d", processors, got, want)
		}
	}
}

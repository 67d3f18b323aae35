package config

import (
	"math"
	"testing"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"64MiB", 64 << 20, true},
		{"128MB", 128_000_000, true},
		{"1 GiB", 1 << 30, true},
		{"2GB", 2_000_000_000, true},
		{"3KiB", 3072, true},
		{"3kB", 3000, true},
		{"3KB", 3000, true},
		{"7B", 7, true},
		{"0B", 0, true},
		{"64", 0, false},
		{"64Mib", 0, false},
		{"64M", 0, false},
		{"MiB", 0, false},
		{"-1MiB", 0, false},
		{"1.5MiB", 0, false},
		{"99999999999GiB", 0, false},
		{"", 0, false},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := parseSize(c.text)
			if got != c.want || (err == nil) != c.ok {
				t.Errorf("got %d, %v, want %d", got, err, c.want)
			}
		})
	}
}

func TestFormatSize_isReadBack(t *testing.T) {
	for _, n := range []uint64{0, 1, 1000, 1024, 1 << 20, 1<<20 + 1, 5 << 30, math.MaxInt64} {
		if got, err := parseSize(formatSize(n)); err != nil || got != n {
			t.Errorf("%s: got %d, %v, want %d", formatSize(n), got, err, n)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"cpu", "flavour", "memory", "name"}
	for s, want := range map[string]string{"memroy": "memory", "flavor": "flavour", "nmae": "", "zzz": "", "memory_": "memory"} {
		if got := nearest(s, names); got != want {
			t.Errorf("nearest of %s = %q, want %q", s, got, want)
		}
	}
}

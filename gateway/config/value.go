package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is a unit of sizes.
type unit struct {
	name  string
	bytes uint64
}

// units returns all units of sizes, those with longer names first.
func units() []unit {
	return []unit{
		{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
		{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1},
	}
}

var errSize = errors.New(`is not a size: write bytes as a number, or a whole number with a unit, like "64MiB" or "128MB"`)

// parseSize reads a size like "64MiB".
func parseSize(s string) (uint64, error) {
	for _, u := range units() {
		digits, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimRight(digits, " "), 10, 64)
		if err != nil || n > math.MaxInt64/u.bytes {
			return 0, errSize
		}
		return n * u.bytes, nil
	}
	return 0, errSize
}

// formatSize writes a size so that parseSize reads it.
func formatSize(n uint64) string {
	units := units()
	for _, i := range []int{2, 1, 0} {
		if u := units[i]; n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatUint(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatUint(n, 10) + "B"
}

// parseDuration reads a duration like "1m30s".
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New(`is not a duration: write a number with a unit, like "250ms", "60s" or "5m"`)
	}
	return d, nil
}

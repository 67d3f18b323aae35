package runtime

import (
	"os"
	"strconv"
	"strings"
)

// usualMappings is what Linux gives a process unless it is told otherwise.
const usualMappings = 65_530

// mappings is how many mappings there are for functions: an eighth is left to
// Go's heap and to memories that grow during a call.
func mappings() int {
	limit := usualMappings
	if text, err := os.ReadFile("/proc/sys/vm/max_map_count"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n > 0 {
			limit = n
		}
	}
	return limit - limit/8
}

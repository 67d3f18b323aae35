//go:build !linux

package load

import (
	"context"
	"time"
)

// waitUntil returns when the moment has come, or ctx has ended.
func waitUntil(ctx context.Context, moment time.Time) {
	if left := time.Until(moment); left > 0 {
		rest(ctx, left)
	}
}

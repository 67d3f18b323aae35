package load

import (
	"context"
	"time"
)

// engine holds the connections of a run and puts the load on the server through
// them. Engines differ in what they cost, not in what they measure.
type engine interface {
	// connect makes every connection before the clock starts, if they are to be
	// kept.
	connect(ctx context.Context) error
	// run puts the load on the server for length, or for count requests when
	// that is not 0, and returns how many it had to give up. It returns soon
	// after the end of ctx.
	run(ctx context.Context, rec *recorder, length time.Duration, count int64) (unsent int64)
	close()
}

package load

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// Time sends a request count times over one connection, made before, and
// returns how long each answer took. A wrong answer is an error.
func Time(ctx context.Context, base *url.URL, r *Request, count int) ([]time.Duration, error) {
	m, err := newMessage(r, base, true)
	if err != nil {
		return nil, err
	}
	l := newLink(base, time.Minute)
	defer l.close()
	if err := l.dial(ctx); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, l.expire)()
	took := make([]time.Duration, 0, count)
	for i := range count {
		start := time.Now()
		a, _, err := l.exchange(ctx, m, 0, start)
		if err != nil {
			return nil, fmt.Errorf("call %d: %w", i+1, err)
		}
		took = append(took, time.Since(start))
		if problem := m.refuses(a); problem != "" {
			return nil, fmt.Errorf("call %d: %s", i+1, problem)
		}
	}
	return took, nil
}

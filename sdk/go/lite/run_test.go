package lite

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/abi"
)

func TestFromContext_tellsWhatTheHostSaid(t *testing.T) {
	sent := abi.Context{RequestID: "r", TraceID: "t", Attempt: 2, App: "a", Function: "f\n", Version: "v", MemoryLimit: 64 << 20,
		RunLimit: 5 * time.Minute, Deadline: time.UnixMilli(1_700_000_000_123), Caller: "c"}
	got := FromContext(context.WithValue(newRun(sent.AppendJSON(nil)), "key", "value"))
	want := Info{RequestID: "r", TraceID: "t", Attempt: 2, App: "a", Function: "f\n", Version: "v", MemoryLimit: 64 << 20,
		RunLimit: 5 * time.Minute, Deadline: sent.Deadline, Caller: "c"}
	if got != want {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	if got := FromContext(t.Context()); got != (Info{}) {
		t.Fatalf("got %+v, want nothing", got)
	}
}

// in returns a run that has d left.
func in(d time.Duration) *run {
	c := abi.Context{Deadline: time.Now().Add(d)}
	return newRun(c.AppendJSON(nil))
}

func TestRun_isDoneAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := in(time.Minute)
		if err := r.Err(); err != nil {
			t.Fatalf("err = %v before the deadline", err)
		}
		ctx, cancel := context.WithCancel(r)
		defer cancel()
		<-ctx.Done()
		if err := r.Err(); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("err = %v", err)
		}
	})
}

func TestRun_knowsItsDeadlineWithoutATimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := in(time.Minute)
		time.Sleep(time.Minute)
		if err := r.Err(); !errors.Is(err, context.DeadlineExceeded) || r.timer != nil {
			t.Fatalf("err = %v, timer = %v", err, r.timer)
		}
	})
}

func TestRun_isDoneWhenTheCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var early, late context.Context
		HandleEvent(func(ctx context.Context, e Event) (Response, error) {
			if late = ctx; e.Method() != "" {
				early = ctx
				ctx.Done()
			}
			return Response{}, nil
		})
		defer func() { program.handle = nil }()
		c := abi.Context{Deadline: time.Now().Add(time.Hour)}
		for _, event := range []string{`{"httpMethod":"GET"}`, `{}`} {
			if _, err := Try([]byte(event), c.AppendJSON(nil)); err != nil {
				t.Fatal(err)
			}
		}
		<-early.Done()
		<-late.Done()
		if early.Err() != context.Canceled || late.Err() != context.Canceled {
			t.Fatalf("err = %v and %v, want canceled", early.Err(), late.Err())
		}
	})
}

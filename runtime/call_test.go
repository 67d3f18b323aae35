package runtime

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// outcome is how a call ended for its client.
type outcome struct {
	reply string
	err   error
	at    time.Duration // since the call was made
}

// rescuedCall makes one call that may be rescued, and returns what Rescue was
// told, and what Invoke returned. Both are nil if it was the other.
func rescuedCall(t *testing.T, ctx context.Context, f *Function, p Policy) (rescue, invoke *outcome) {
	t.Helper()
	c, err := f.NewCall()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	c.Event, c.RequestID, c.Policy = append(c.Event, "{}"...), "r1", p
	begun := time.Now()
	c.Rescue = func(reply []byte, err error) {
		if rescue != nil {
			t.Error("the call was rescued twice")
		}
		if cpu, memory := c.Spent(); err == nil && (cpu == 0 || memory == 0) {
			t.Errorf("the answering run spent %d units and had %d bytes", cpu, memory)
		}
		rescue = &outcome{string(reply), err, time.Since(begun)}
	}
	reply, err := c.Invoke(ctx)
	if errors.Is(err, ErrRescued) {
		if cpu, memory := c.Spent(); cpu != 0 || memory != 0 {
			t.Errorf("after the rescue %d units and %d bytes are spent", cpu, memory)
		}
		return rescue, nil
	}
	return rescue, &outcome{string(reply), err, time.Since(begun)}
}

func TestCall_tellsItsClientInTime(t *testing.T) {
	const s = time.Second
	patient := Policy{Attempts: 3, Patience: time.Minute}
	for _, row := range []struct {
		name    string
		sleeps  []time.Duration
		policy  Policy
		rescued bool
		reply   string
		code    fault.Code
		at      time.Duration
	}{
		{"by its first run", []time.Duration{5 * s}, patient, false, "attempt 1", "", 5 * s},
		{"by the second, after the first was too late", []time.Duration{61 * s, 5 * s}, patient, false, "attempt 2", "", 65 * s},
		{"by the second, while the first goes on", []time.Duration{130 * s, 5 * s}, patient, true, "attempt 2", "", 65 * s},
		{"that it was too slow", []time.Duration{250 * s}, patient, true, "", fault.Timeout, 180 * s},
		{"that it was too slow at once", []time.Duration{30 * s}, Policy{Attempts: 1, Patience: s}, true, "", fault.Timeout, s},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &modules{}
				m.put("sleep", abitest.SleepByAttempt(row.sleeps...))
				spec := testSpec("sleep")
				spec.RunLimit = 5 * time.Minute
				f := load(t, openEngine(t, testOptions(m)), spec)
				rescue, got := rescuedCall(t, context.Background(), f, row.policy)
				if (rescue != nil) != row.rescued {
					t.Fatalf("rescue = %+v, invoke = %+v, want rescued = %v", rescue, got, row.rescued)
				}
				if row.rescued {
					got = rescue
				}
				if got.at.Round(s) != row.at || !strings.Contains(got.reply, row.reply) || fault.CodeOf(got.err) != row.code {
					t.Errorf("%q, %v after %v; want %q, code %q after %v", got.reply, got.err, got.at, row.reply, row.code, row.at)
				}
				if running, queued := f.Load(); running+queued != 0 && row.rescued {
					time.Sleep(row.policy.Patience * 3) // other late runs
				}
			})
		})
	}
}

func TestCall_isRescuedWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modules{}
		m.put("sleep", abitest.Sleep(30*time.Second))
		e := openEngine(t, testOptions(m))
		f := load(t, e, testSpec("sleep"))
		ctx, cancel := context.WithCancel(t.Context())
		e.Watch(ctx)
		time.AfterFunc(2*time.Second, cancel)
		begun := time.Now()
		rescue, got := rescuedCall(t, ctx, f, oneTry)
		if rescue == nil || fault.CodeOf(rescue.err) != fault.Unavailable || rescue.at.Round(time.Second) != 2*time.Second {
			t.Errorf("rescue = %+v, invoke = %+v; want %s after 2s", rescue, got, fault.Unavailable)
		}
		if took := time.Since(begun).Round(time.Second); took != 30*time.Second {
			t.Errorf("Invoke returned after %v, want 30s: when its run ended", took)
		}
	})
}

// A ctx that the engine does not watch ends the call at once, since its run is
// elsewhere.
func TestCall_returnsWhenAnUnwatchedContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modules{}
		m.put("sleep", abitest.Sleep(30*time.Second))
		f := load(t, openEngine(t, testOptions(m)), testSpec("sleep"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		rescue, got := rescuedCall(t, ctx, f, oneTry)
		if rescue != nil || fault.CodeOf(got.err) != fault.Unavailable || got.at.Round(time.Second) != 2*time.Second {
			t.Errorf("rescue = %+v, invoke = %+v; want %s after 2s", rescue, got, fault.Unavailable)
		}
		time.Sleep(time.Minute)
	})
}

func TestCall_faultsOnTheGoroutineOfInvoke(t *testing.T) {
	m := &modules{}
	m.put("trap", abitest.Trap())
	f := load(t, openEngine(t, testOptions(m)), testSpec("trap"))
	for range 3 {
		rescue, got := rescuedCall(t, context.Background(), f, oneTry)
		if rescue != nil || fault.CodeOf(got.err) != fault.Crashed {
			t.Fatalf("rescue = %+v, invoke = %+v; want %s", rescue, got, fault.Crashed)
		}
	}
}

func TestEngine_killsARunOnTheGoroutineOfInvoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modules{}
		m.put("sleep", abitest.Sleep(30*time.Second))
		e := openEngine(t, testOptions(m))
		f := load(t, e, testSpec("sleep"))
		killed := make(chan int, 1)
		time.AfterFunc(time.Second, func() {
			if n := e.Kill("somebody else's"); n != 0 {
				t.Errorf("%d runs of an unknown call", n)
			}
			killed <- e.Kill("r1")
		})
		rescue, got := rescuedCall(t, context.Background(), f, oneTry)
		if rescue != nil || fault.CodeOf(got.err) != fault.Killed || got.at.Round(time.Second) != time.Second {
			t.Errorf("rescue = %+v, invoke = %+v; want %s after 1s", rescue, got, fault.Killed)
		}
		if n := <-killed; n != 1 {
			t.Errorf("%d runs were killed, want 1", n)
		}
		if n := e.Kill("r1"); n != 0 {
			t.Errorf("%d runs go on after the call", n)
		}
	})
}

func TestCall_isReused(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	f := load(t, openEngine(t, testOptions(m)), testSpec("hello"))
	want := ""
	for n := range 1000 {
		_, got := rescuedCall(t, context.Background(), f, oneTry)
		if want == "" {
			want = got.reply
		}
		if got.err != nil || got.reply != want || want == "" {
			t.Fatalf("call %d: %q, %v", n, got.reply, got.err)
		}
	}
}

// callOnce is the way of a request through the engine.
func callOnce(tb testing.TB, ctx context.Context, f *Function, event []byte, rescue func([]byte, error)) {
	c, err := f.NewCall()
	if err != nil {
		tb.Fatal(err)
	}
	c.Event, c.RequestID, c.Policy = append(c.Event, event...), "r1", oneTry
	c.Rescue = rescue
	reply, err := c.Invoke(ctx)
	if err != nil || !bytes.Contains(reply, []byte("hello")) {
		tb.Fatalf("%q, %v", reply, err)
	}
	c.Release()
}

func TestCall_allocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets at random under the race detector")
	}
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	f := load(t, e, testSpec("hello"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e.Watch(ctx)
	event := []byte(`{"name":"test"}`)
	for name, rescue := range map[string]func([]byte, error){
		"on a worker":                nil,
		"on the goroutine of Invoke": func([]byte, error) { t.Error("the call was rescued") },
	} {
		got := testing.AllocsPerRun(1000, func() { callOnce(t, ctx, f, event, rescue) })
		if got > 0 {
			t.Errorf("%s: %v allocations, want none", name, got)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	spec := testSpec("hello")
	spec.Concurrency = 64
	f := load(b, openEngine(b, testOptions(m)), spec)
	event := []byte(`{"name":"bench"}`)
	for _, row := range []struct {
		name   string
		rescue func([]byte, error)
	}{
		{"run=worker", nil},
		{"run=here", func([]byte, error) { b.Error("the call was rescued") }},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				callOnce(b, context.Background(), f, event, row.rescue)
			}
		})
		b.Run(row.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(32) // clients for each processor
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					callOnce(b, context.Background(), f, event, row.rescue)
				}
			})
		})
	}
}

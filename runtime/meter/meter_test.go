package meter

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

var update = flag.Bool("update", false, "rewrite the file that holds what is written")

// What dashboards read stays as it is: names, labels, values and their order.
func TestMeter_writesThePage(t *testing.T) {
	m := New()
	for _, of := range [][3]string{
		{"shop", "pay", "v2"}, {"shop", "pay", "v10"}, {"shop", "pay", "v2"}, {"shop", "pay2", "v1"},
		{`sh"op`, `\`, "v\n1"}, {"shop,function=", "pay", "v1"},
	} {
		f := m.Function(of[0], of[1], of[2])
		defer f.Close()
		f.Watch(Gauges{Running: func() int { return 3 }, Instances: func() int { return len(of[1]) }})
		for i, code := range []fault.Code{fault.Timeout, "", fault.Busy, fault.Crashed, "made_up"} {
			f.Call(uint32(i), code, time.Duration(i)*time.Millisecond)
			f.Attempt(uint32(i), Attempt{Number: i, Queued: time.Microsecond, Ran: time.Hour, CPU: 1 << 54})
		}
		f.ColdStart()
		f.LateRun()
		f.Reset(3, 3*time.Microsecond)
	}
	m.Function("gone", "f", "v").Close()
	m.Step(0, Admit, time.Second)
	var b bytes.Buffer
	if err := m.WritePrometheus(&b); err != nil {
		t.Fatal(err)
	}
	page, _, _ := bytes.Cut(b.Bytes(), []byte("\ngo_")) // the process's own differ
	file := filepath.Join("testdata", "page.want")
	if *update {
		if err := os.WriteFile(file, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, want) {
		t.Errorf("the page is not that of %s; it has %d bytes instead of %d", file, len(page), len(want))
	}
}

func TestMeter_countsWhatACallObserves(t *testing.T) {
	m := New()
	f := m.Function("shop", "pay", "0123")
	defer f.Close()
	f.Watch(Gauges{
		Running:   func() int { return 2 },
		Queued:    func() int { return 5 },
		Instances: func() int { return 3 },
	})
	f.Attempt(0, Attempt{Number: 1, Queued: 30 * time.Millisecond, Ran: 2 * time.Second, CPU: 1500})
	f.Attempt(1, Attempt{Number: 2, Ran: time.Second, CPU: 500})
	f.Attempt(1000, Attempt{Number: 3})
	f.ColdStart()
	f.LateRun()
	f.Reset(7, 20*time.Microsecond)
	f.Call(0, "", 200*time.Millisecond)
	m.Step(3, Event, 2*time.Microsecond)
	m.Step(4, Event, 200*time.Nanosecond)
	f.Call(0, fault.Timeout, 180*time.Second)
	f.Call(0, fault.Timeout, 180*time.Second)

	e := parse(t, m)
	const of = `{app="shop",function="pay"`
	for key, want := range map[string]float64{
		"postern_attempts_total" + of + "}":                    3,
		"postern_reruns_total" + of + "}":                      2,
		"postern_queue_seconds_sum" + of + "}":                 0.03,
		"postern_queue_seconds_count" + of + "}":               3,
		"postern_cold_starts_total" + of + "}":                 1,
		"postern_run_seconds_sum" + of + "}":                   3,
		"postern_run_seconds_bucket" + of + `,le="1"}`:         2,
		"postern_run_seconds_bucket" + of + `,le="2.5"}`:       3,
		"postern_cpu_units_total" + of + "}":                   2000,
		"postern_late_runs_total" + of + "}":                   1,
		"postern_reset_seconds_bucket" + of + `,le="1e-05"}`:   0,
		"postern_reset_seconds_bucket" + of + `,le="2.5e-05"}`: 1,
		"postern_calls_total" + of + `,code="ok"}`:             1,
		"postern_calls_total" + of + `,code="timeout"}`:        2,
		"postern_call_seconds_count" + of + "}":                3,
		"postern_call_seconds_bucket" + of + `,le="120"}`:      1,
		"postern_call_seconds_bucket" + of + `,le="180"}`:      3,
		"postern_call_seconds_bucket" + of + `,le="+Inf"}`:     3,
		"postern_running" + of + "}":                           2,
		`postern_step_seconds_bucket{step="event",le="1e-06"}`: 1,
		`postern_step_seconds_count{step="event"}`:             2,
		`postern_step_seconds_count{step="write"}`:             0,
		"postern_queued" + of + "}":                            5,
		"postern_instances" + of + "}":                         3,
		"postern_function_info" + of + `,version="0123"}`:      1,
	} {
		e.want(t, key, want)
	}
}

func TestMeter_escapesLabels(t *testing.T) {
	for name, c := range map[string]struct{ app, want string }{
		"quote":     {`a"b`, `a\"b`},
		"backslash": {`a\`, `a\\`},
		"line feed": {"a\nb", `a\nb`},
		"braces":    {`a="{}",`, `a=\"{}\",`},
		"not UTF-8": {"a\xffb", "a\uFFFDb"},
	} {
		t.Run(name, func(t *testing.T) {
			m := New()
			f := m.Function(c.app, "f", "v")
			f.Call(0, fault.Busy, 0)
			e := parse(t, m)
			e.want(t, `postern_calls_total{app="`+c.want+`",function="f",code="busy"}`, 1)
			e.want(t, `postern_call_seconds_bucket{app="`+c.want+`",function="f",le="+Inf"}`, 1)
			f.Close()
			after := parse(t, m)
			if left := after.ours(); len(left) > 0 {
				t.Errorf("left after Close: %v", left)
			}
		})
	}
}

func TestMeter_namesStandInItsManual(t *testing.T) {
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, match := range regexp.MustCompile(`(?m)^//\t(postern_[a-z_]+)\{`).FindAllSubmatch(manual, -1) {
		documented = append(documented, string(match[1]))
	}
	m := New()
	f := m.Function("a", "f", "v")
	defer f.Close()
	e := parse(t, m)
	if !slices.Equal(documented, e.order) {
		t.Errorf("doc.go lists\n%v\nwritten are\n%v", documented, e.order)
	}
	for _, family := range m.families() {
		isTotal := strings.HasSuffix(family.name, "_total")
		if (family.kind == kindCounter) != isTotal {
			t.Errorf("%s is a %s", family.name, family.kind)
		}
		if (family.kind == kindHistogram) != strings.HasSuffix(family.name, "_seconds") {
			t.Errorf("%s is a %s", family.name, family.kind)
		}
	}
}

func TestMeter_keepsCountingThroughADeploy(t *testing.T) {
	m := New()
	before := m.Function("a", "f", "v1")
	before.Watch(Gauges{Running: func() int { return 1 }})
	before.Call(0, "", time.Millisecond)
	after := m.Function("a", "f", "v2")
	after.Watch(Gauges{Running: func() int { return 4 }})
	after.Call(0, "", time.Millisecond)

	e := parse(t, m)
	e.want(t, `postern_calls_total{app="a",function="f",code="ok"}`, 2)
	e.want(t, `postern_running{app="a",function="f"}`, 5)
	e.want(t, `postern_function_info{app="a",function="f",version="v1"}`, 1)

	before.Close()
	before.Close()
	before.Call(0, fault.Crashed, time.Millisecond) // a late run; other versions keep the series
	e = parse(t, m)
	e.want(t, `postern_calls_total{app="a",function="f",code="ok"}`, 2)
	e.want(t, `postern_calls_total{app="a",function="f",code="crashed"}`, 1)
	e.want(t, `postern_running{app="a",function="f"}`, 4)
	if _, ok := e.values[`postern_function_info{app="a",function="f",version="v1"}`]; ok {
		t.Error("the retired version is still listed")
	}
	after.Close()
	e = parse(t, m)
	if left := e.ours(); len(left) > 0 {
		t.Errorf("left after Close: %v", left)
	}
}

func TestMeter_listsAVersionUntilItsLastHandle(t *testing.T) {
	m := New()
	a := m.Function("a", "f", "v1")
	b := m.Function("a", "f", "v1")
	a.Close()
	e := parse(t, m)
	e.want(t, `postern_function_info{app="a",function="f",version="v1"}`, 1)
	b.Close()
}

func TestMeter_forgetsSeriesOfAClosedFunction(t *testing.T) {
	m := New()
	f := m.Function("a", "f", "v1")
	f.Call(0, fault.Busy, 0)
	f.Close()
	f.Call(0, fault.Denied, 0) // a code that it had not met
	f.Attempt(0, Attempt{Number: 1})
	e := parse(t, m)
	if left := e.ours(); len(left) > 0 {
		t.Fatalf("left after Close: %v", left)
	}
	again := m.Function("a", "f", "v1")
	defer again.Close()
	again.Call(0, fault.Denied, 0)
	e = parse(t, m)
	e.want(t, `postern_calls_total{app="a",function="f",code="denied"}`, 1)
	e.want(t, `postern_attempts_total{app="a",function="f"}`, 0)
}

func TestMeter_countsUnknownCodesAsInternal(t *testing.T) {
	m := New()
	f := m.Function("a", "f", "v")
	defer f.Close()
	f.Call(0, "made_up", 0)
	f.Call(0, fault.Internal, 0)
	f.Call(0, "made_up_too", 0)
	e := parse(t, m)
	e.want(t, `postern_calls_total{app="a",function="f",code="internal"}`, 3)
}

func TestMeter_writesTheProcessToo(t *testing.T) {
	e := parse(t, New())
	if e.values["go_goroutines"] < 1 {
		t.Errorf("go_goroutines = %v", e.values["go_goroutines"])
	}
}

func TestMeter_saysWhenItCannotWrite(t *testing.T) {
	m := New()
	f := m.Function("a", "f", "v")
	defer f.Close()
	r, w := io.Pipe()
	gone := errors.New("reader is gone")
	r.CloseWithError(gone)
	if err := m.WritePrometheus(w); !errors.Is(err, gone) {
		t.Errorf("err = %v, want %v", err, gone)
	}
}

func TestFunction_allocatesNothing(t *testing.T) {
	m := New()
	f := m.Function("a", "f", "v")
	defer f.Close()
	f.Call(0, fault.Busy, 0)
	if n := testing.AllocsPerRun(1000, func() { observe(f, 0); f.Call(0, fault.Busy, time.Second) }); n != 0 {
		t.Errorf("%v allocations per call, want none", n)
	}
}

// TestMeter_hammer writes, deploys and counts at the same time.
func TestMeter_hammer(t *testing.T) {
	m := New()
	stays := m.Function("a", "f", "stays")
	const workers, calls = 4, 300
	codes := fault.Codes()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range calls {
				f := m.Function("a", "f", "v"+string(rune('a'+w)))
				f.Watch(Gauges{Queued: func() int { return 1 }})
				f.Call(uint32(i), codes[i%len(codes)], time.Millisecond)
				if i%50 == 0 {
					if err := m.WritePrometheus(io.Discard); err != nil {
						t.Error(err)
					}
				}
				f.Close()
			}
		})
	}
	all.Wait()
	e := parse(t, m)
	e.want(t, `postern_call_seconds_count{app="a",function="f"}`, workers*calls)
	e.want(t, `postern_queued{app="a",function="f"}`, 0)
	sum := 0.0
	for key, value := range e.values {
		if strings.HasPrefix(key, "postern_calls_total{") {
			sum += value
		}
	}
	if sum != workers*calls {
		t.Errorf("calls of all codes = %v, want %d", sum, workers*calls)
	}
	stays.Close()
	e = parse(t, m)
	if left := e.ours(); len(left) > 0 {
		t.Errorf("left after Close: %v", left)
	}
}

// observe is everything that one call of one attempt observes.
func observe(f *Function, near uint32) {
	f.Attempt(near, Attempt{Number: 1, Queued: 10 * time.Microsecond, Ran: 300 * time.Microsecond, CPU: 1000})
	f.Reset(near, 10*time.Microsecond)
	f.Call(near, "", 400*time.Microsecond)
}

func BenchmarkFunction_call(b *testing.B) {
	f := New().Function("a", "f", "v")
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			observe(f, 0)
		}
	})
	b.Run("together", func(b *testing.B) {
		b.ReportAllocs()
		var nears atomic.Uint32
		b.RunParallel(func(p *testing.PB) {
			near := nears.Add(1)
			for p.Next() {
				observe(f, near)
			}
		})
	})
}

// crowd opens so many functions of one version each, and returns them in no order.
func crowd(m *Meter, functions int) []*Function {
	all := make([]*Function, functions)
	for i := range all {
		all[i] = m.Function("app", "f"+strconv.Itoa(i), "0123456789abcdef")
		all[i].Call(0, "", time.Millisecond)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(functions, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// BenchmarkMeter_retire closes all functions of a crowd: what one costs must not
// depend on how many there are.
func BenchmarkMeter_retire(b *testing.B) {
	for _, functions := range []int{100, 1000, 10_000} {
		b.Run("functions="+strconv.Itoa(functions), func(b *testing.B) {
			b.ReportAllocs()
			m := New()
			for b.Loop() {
				b.StopTimer()
				all := crowd(m, functions)
				b.StartTimer()
				for _, f := range all {
					f.Close()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*functions), "ns/function")
		})
	}
}

// BenchmarkMeter_add opens a function among so many others.
func BenchmarkMeter_add(b *testing.B) {
	b.ReportAllocs()
	m := New()
	for i := 0; b.Loop(); i++ {
		m.Function("app", "f"+strconv.Itoa(i), "0123456789abcdef")
	}
}

func BenchmarkMeter_write(b *testing.B) {
	m := New()
	crowd(m, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.WritePrometheus(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

package rewrite

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// BenchmarkMeter runs plain and metered code in turns, so that a busy machine
// slows both alike, and reports the ratio of the quickest turns.
func BenchmarkMeter(b *testing.B) {
	b.Run("C", func(b *testing.B) {
		compare(b, kernels(b), []job{{"sieve", 20000}, {"fib", 22}, {"matrix", 2}, {"sha256", 500}, {"json", 100}})
	})
	b.Run("Go", func(b *testing.B) {
		compare(b, goGuest(b), []job{{"json_round", 20}, {"words", 3}, {"sieve", 20000}, {"fib", 18}, {"sha", 200}})
	})
}

type job struct {
	name string
	n    uint64
}

// compare measures each job and the geometric mean of the ratios.
func compare(b *testing.B, wasm []byte, jobs []job) {
	h := newHost(b, wazero.NewRuntimeConfig())
	plain, metered := h.start(b, wasm), h.start(b, mustMeter(b, wasm).Wasm)
	call(b, plain, "_initialize")
	call(b, metered, "_initialize")
	logs := 0.0
	for _, j := range jobs {
		ratio := 1.0
		b.Run(j.name, func(b *testing.B) {
			best := [2]time.Duration{math.MaxInt64, math.MaxInt64}
			for b.Loop() {
				best[0] = min(best[0], j.time(b, plain))
				best[1] = min(best[1], j.time(b, metered))
			}
			ratio = float64(best[1]) / float64(best[0])
			b.ReportMetric(float64(best[0]), "plain-ns")
			b.ReportMetric(float64(best[1]), "metered-ns")
			b.ReportMetric(ratio, "ratio")
		})
		logs += math.Log(ratio)
	}
	b.Logf("geometric mean of %d ratios: %.3f", len(jobs), math.Exp(logs/float64(len(jobs))))
}

func (j job) time(b *testing.B, m api.Module) time.Duration {
	fn := m.ExportedFunction(j.name)
	stack := []uint64{j.n}
	start := time.Now()
	if err := fn.CallWithStack(context.Background(), stack); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkRewrite measures the rewrites themselves on a Go-built module.
func BenchmarkRewrite(b *testing.B) {
	wasm := goGuest(b)
	b.Run("inspect", func(b *testing.B) {
		b.SetBytes(int64(len(wasm)))
		for b.Loop() {
			if _, err := Inspect(wasm); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("meter", func(b *testing.B) {
		b.SetBytes(int64(len(wasm)))
		for b.Loop() {
			mustMeter(b, wasm)
		}
	})
	m := mustMeter(b, wasm)
	d, err := decode(m.Wasm)
	if err != nil {
		b.Fatal(err)
	}
	state := State{Pages: d.memories[0].min, Globals: make([][2]uint64, len(m.Globals))}
	b.Run("freeze", func(b *testing.B) {
		for b.Loop() {
			if _, err := Freeze(m, state); err != nil {
				b.Fatal(err)
			}
		}
	})
}

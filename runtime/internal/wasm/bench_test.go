package wasm

import (
	"fmt"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
)

// guests are what is measured: a small function and one built by Go.
func guests(b *testing.B) map[string]func() []byte {
	all := map[string]func() []byte{"guest=small": abitest.Hello}
	if !testing.Short() {
		all["guest=go"] = func() []byte { return goGuest(b) }
	}
	return all
}

func benchSpec(wasm []byte, isolation Isolation) Spec {
	return Spec{
		Wasm: wasm, MaxMemory: 64 << 20, Isolation: isolation,
		Prime: []Sample{{Event: []byte(`{"name":"prime"}`)}},
	}
}

// The difference between the two is what clean memory costs.
func BenchmarkCall(b *testing.B) {
	for name, wasm := range guests(b) {
		for _, isolation := range []Isolation{Warm, Clean} {
			b.Run(name+"/isolation="+string(isolation), func(b *testing.B) {
				i := newInstance(b, benchSpec(wasm(), isolation))
				run := &Run{Event: goEvent}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := i.Call(run); err != nil {
						b.Fatal(err)
					}
					if err := i.Reset(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(i.memory.Private()), "pages")
				b.ReportMetric(float64(run.Fuel), "units")
			})
		}
	}
}

func BenchmarkInstantiate(b *testing.B) {
	for name, wasm := range guests(b) {
		b.Run(name, func(b *testing.B) {
			m := loadModule(b, benchSpec(wasm(), Clean))
			b.ReportAllocs()
			for b.Loop() {
				i, err := m.Instantiate(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if err := i.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A memory that grew is cut again; without that every call would need a new clone.
func BenchmarkGrow(b *testing.B) {
	for _, pages := range []int32{1, 16, 64} {
		for _, way := range []string{"cut", "clone"} {
			b.Run(fmt.Sprintf("pages=%d/after=%s", pages, way), func(b *testing.B) {
				m := loadModule(b, benchSpec(abitest.GrowBy(pages), Clean))
				i := instantiate(b, m)
				run := &Run{Event: goEvent}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := i.Call(run); err != nil {
						b.Fatal(err)
					}
					if way == "cut" {
						if err := i.Reset(); err != nil {
							b.Fatal(err)
						}
						continue
					}
					if err := i.Close(); err != nil {
						b.Fatal(err)
					}
					var err error
					if i, err = m.Instantiate(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				if err := i.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

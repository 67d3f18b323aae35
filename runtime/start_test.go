package runtime

import (
	"fmt"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
)

// thousands adds functions of as many modules that nobody has called yet.
func thousands(e *Engine, count int) []*Function {
	all := make([]*Function, count)
	for i := range all {
		s := testSpec("hello")
		s.App, s.Function, s.Version = fmt.Sprintf("app-%d", i/10), fmt.Sprintf("function-%d", i), fmt.Sprintf("version-%d", i/10)
		all[i] = e.Add(s)
	}
	return all
}

func heapBytes() uint64 {
	goruntime.GC()
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	return s.HeapAlloc + s.StackInuse
}

// What is deployed and not called costs a start nothing to speak of.
func TestEngine_isReadyAtOnceWithTenThousandFunctions(t *testing.T) {
	const count = 10_000
	m := &modules{}
	m.put("hello", abitest.Hello())
	opt := testOptions(m)
	e := openEngine(t, opt)
	before, begun := heapBytes(), time.Now()
	fs := thousands(e, count)
	took := time.Since(begun)
	each := (heapBytes() - before) / count
	t.Logf("%d functions were added in %v, %v and %d bytes each", count, took, took/count, each)
	if limit := 5 * time.Second; took > limit {
		t.Errorf("adding took %v, want %v at most", took, limit)
	}
	if each > 8<<10 {
		t.Errorf("a function that was only added takes %d bytes, want 8 KiB at most", each)
	}
	if got := m.readCount(); got != 0 {
		t.Errorf("%d modules were read before any call", got)
	}
	for i := 0; i < count; i += count / 10 {
		mustInvoke(t, fs[i], "{}")
	}
	for _, f := range fs {
		f.Retire()
	}
}

func BenchmarkAdd(b *testing.B) {
	m := &modules{}
	e := openEngine(b, testOptions(m))
	var added []*Function
	b.ReportAllocs()
	for b.Loop() {
		s := testSpec("hello")
		s.Function = fmt.Sprintf("function-%d", len(added))
		added = append(added, e.Add(s))
	}
	b.StopTimer()
	for _, f := range added {
		f.Retire()
	}
}

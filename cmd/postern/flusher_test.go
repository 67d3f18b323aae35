package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// slowWriter keeps what is written. While gate is not nil, each write waits for
// a message of it.
type slowWriter struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	gate chan struct{}
}

func (w *slowWriter) Write(p []byte) (int, error) {
	if w.gate != nil {
		<-w.gate
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *slowWriter) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// checkLines fails the test unless text has the lines 0 to each-1 of all
// writers, whole and in order.
func checkLines(t *testing.T, text, pad string, writers, each int) {
	t.Helper()
	next := make([]int, writers)
	for line := range strings.Lines(text) {
		var w, i int
		if _, err := fmt.Sscanf(line, "%d %d", &w, &i); err != nil || !strings.HasSuffix(line, " "+pad+"\n") {
			t.Fatalf("line %q is broken: %v", line, err)
		}
		if i != next[w] {
			t.Fatalf("line %d of writer %d comes after line %d", i, w, next[w]-1)
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("%d lines of writer %d, want %d", n, w, each)
		}
	}
}

func TestFlusher_losesNoLineAndKeepsTheirOrder(t *testing.T) {
	const writers, each = 8, 2000
	pad := strings.Repeat("x", 200)
	for _, buffers := range []int{1, 3, 1000} {
		t.Run(fmt.Sprintf("buffers=%d", buffers), func(t *testing.T) {
			out := &slowWriter{}
			f := newFlusher(out, buffers)
			var writing sync.WaitGroup
			for w := range writers {
				writing.Go(func() {
					for i := range each {
						if _, err := fmt.Fprintf(f.near(uint32(w)), "%d %d %s\n", w, i, pad); err != nil {
							t.Error(err)
						}
					}
				})
			}
			writing.Wait()
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			checkLines(t, out.text(), pad, writers, each)
		})
	}
}

func TestFlusher_writesTenTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowWriter{}
		f := newFlusher(out, 2)
		f.writeNear(0, []byte("one\n"))
		f.writeNear(1, []byte("two\n"))
		time.Sleep(flushEvery - 1)
		synctest.Wait()
		if got := out.text(); got != "" {
			t.Errorf("%q is written at once", got)
		}
		time.Sleep(1)
		synctest.Wait()
		if got := out.text(); got != "one\ntwo\n" {
			t.Errorf("%q is written", got)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestFlusher_writesABufferThatGatheredMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowWriter{}
		f := newFlusher(out, 2)
		much := strings.Repeat("x", flushBytes)
		f.writeNear(0, []byte("waits\n"))
		f.writeNear(1, []byte(much))
		synctest.Wait()
		if got := len(out.text()); got != 0 {
			t.Errorf("%d bytes are written too soon", got)
		}
		f.writeNear(1, []byte("\n"))
		synctest.Wait()
		if got := out.text(); got != much+"\n" {
			t.Errorf("%d bytes are written, want the fuller buffer's", len(got))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestFlusher_holdsUpThoseWhoFillTheirBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writers, each = 4, 1000
		pad := strings.Repeat("x", 200)
		out := &slowWriter{gate: make(chan struct{})}
		f := newFlusher(out, 2)
		var taken atomic.Int64
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					n, err := fmt.Fprintf(f.near(1), "%d %d %s\n", w, i, pad)
					if err != nil {
						t.Error(err)
					}
					taken.Add(int64(n))
				}
			})
		}
		synctest.Wait() // nothing goes on: all of them wait
		if got := taken.Load(); got > 2*halfBytes || got <= halfBytes {
			t.Errorf("%d bytes are taken, want more than %d and up to twice that", got, halfBytes)
		}
		if _, err := f.near(0).Write([]byte("other\n")); err != nil { // returns: this buffer has room
			t.Error(err)
		}
		close(out.gate)
		writing.Wait()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		checkLines(t, strings.Replace(out.text(), "other\n", "", 1), pad, writers, each)
	})
}

func TestFlusher_takesALineThatIsLongerThanABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowWriter{}
		f := newFlusher(out, 2)
		long := strings.Repeat("x", 3*halfBytes) + "\n"
		for _, line := range []string{"before\n", long, long, "after\n"} {
			f.writeNear(3, []byte(line))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if got, want := out.text(), "before\n"+long+long+"after\n"; got != want {
			t.Errorf("%d bytes are written, want %d", len(got), len(want))
		}
	})
}

func TestFlusher_writesWhatIsLeftOfEveryBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &slowWriter{}
		f := newFlusher(out, 5)
		for n := range uint32(5) {
			f.writeNear(n, fmt.Appendf(nil, "%d 0 x\n", n))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		checkLines(t, out.text(), "x", 5, 1)
		if _, err := f.near(2).Write([]byte("late\n")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("err = %v after the end, want %v", err, os.ErrClosed)
		}
	})
}

// brokenWriter takes nothing.
type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestFlusher_saysThatTheLogIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlusher(brokenWriter{}, 2)
		if _, err := f.near(1).Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(flushEvery)
		synctest.Wait()
		if _, err := f.near(1).Write([]byte("line\n")); !errors.Is(err, errBroken) {
			t.Errorf("err = %v of a line after the failure, want %v", err, errBroken)
		}
		if err := f.Close(); !errors.Is(err, errBroken) {
			t.Errorf("err = %v, want %v", err, errBroken)
		}
	})
}

// Between what two buffers change there is a whole cache line, wherever the
// first of them begins.
func TestBuffer_sharesNoCacheLine(t *testing.T) {
	var b buffer
	if got := unsafe.Sizeof(b) - unsafe.Offsetof(b.full) - unsafe.Sizeof(b.full); got < 64 {
		t.Errorf("%d bytes between two buffers", got)
	}
}

// BenchmarkFlusher compares processors that write a line now and then into one
// buffer with those that have their own, and with those that write none.
func BenchmarkFlusher(b *testing.B) {
	line := []byte(strings.Repeat("x", 250) + "\n")
	for _, buffers := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("buffers=%d", buffers), func(b *testing.B) {
			f := newFlusher(io.Discard, max(buffers, 1))
			var nears atomic.Uint32
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				near := nears.Add(1)
				var work [4 << 10]byte // a request takes some microseconds
				for pb.Next() {
					work[0] = sha256.Sum256(work[:])[0]
					if buffers > 0 {
						f.writeNear(near, line)
					}
				}
			})
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

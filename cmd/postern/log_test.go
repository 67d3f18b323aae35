package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// slowWriter keeps what is written and can be held up.
type slowWriter struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *slowWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func TestFlusher_losesNoLineAndKeepsTheirOrder(t *testing.T) {
	out := &slowWriter{}
	f := newFlusher(out)
	const writers, each = 8, 2000
	pad := strings.Repeat("x", 200)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if _, err := fmt.Fprintf(f, "%d %d %s\n", w, i, pad); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	next := make([]int, writers)
	for line := range strings.Lines(out.buf.String()) {
		var w, i int
		if _, err := fmt.Sscanf(line, "%d %d", &w, &i); err != nil || !strings.HasSuffix(line, pad+"\n") {
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

// brokenWriter takes nothing.
type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestFlusher_saysThatTheLogIsGone(t *testing.T) {
	f := newFlusher(brokenWriter{})
	if _, err := f.Write([]byte("line\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); !errors.Is(err, errBroken) {
		t.Errorf("err = %v, want %v", err, errBroken)
	}
}

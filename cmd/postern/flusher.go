package main

import (
	"io"
	"os"
	"sync"
	"time"
)

// Sizes of the log's buffers: how much a half gathers before it should be
// written, how much before lines have to wait, and for how long. A half has
// more room than it mostly needs: under load it takes a while until the flusher
// is run. maxBuffers bounds them on a machine with very many processors.
const (
	flushBytes = 64 << 10
	halfBytes  = 128 << 10
	flushEvery = 100 * time.Millisecond
	maxBuffers = 16
)

// flusher gathers log lines and writes them ten times a second, so that a
// request does not wait for a write of its own. There are a few buffers, since
// processors that write into one place wait for each other's memory.
// The lines of a buffer stay in order. Over buffers the order may differ, by
// the tenth of a second and what a write takes.
type flusher struct {
	out     io.Writer
	buffers []buffer
	full    chan struct{} // has a message when some buffer should be written now
	stop    chan struct{}
	done    sync.WaitGroup
}

func newFlusher(w io.Writer, buffers int) *flusher {
	f := &flusher{
		out:     w,
		buffers: make([]buffer, min(buffers, maxBuffers)),
		full:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
	}
	for i := range f.buffers {
		b := &f.buffers[i]
		b.lines, b.spare = make([]byte, 0, halfBytes), make([]byte, 0, halfBytes)
		b.taken.L, b.full = &b.mu, f.full
	}
	f.done.Go(f.loop)
	return f
}

// near returns the buffer of those with a number: any that is mostly the same
// on one processor.
func (f *flusher) near(n uint32) *buffer { return &f.buffers[n%uint32(len(f.buffers))] }

// writeNear takes one line for the buffer of those with a number.
func (f *flusher) writeNear(n uint32, line []byte) {
	_, _ = f.near(n).Write(line) // whoever lost the log has nowhere to say so
}

// Close writes what is left in all buffers, which take nothing after that. It
// returns the error of a write that failed, if one did.
func (f *flusher) Close() (err error) {
	close(f.stop)
	f.done.Wait()
	for i := range f.buffers {
		f.buffers[i].end()
	}
	f.flush(0)
	for i := range f.buffers {
		if failed := f.buffers[i].failure(); failed != nil {
			err = failed
		}
	}
	return err
}

func (f *flusher) loop() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.flush(0)
		case <-f.full:
			f.flush(flushBytes)
		case <-f.stop:
			return
		}
	}
}

// flush writes the buffers that gathered more than over bytes. Only one
// goroutine does at a time.
func (f *flusher) flush(over int) {
	for i := range f.buffers {
		b := &f.buffers[i]
		if lines := b.take(over); lines != nil {
			_, err := f.out.Write(lines)
			b.written(lines, err)
		}
	}
}

// buffer gathers lines in one half while the other is written. It lies on cache
// lines of its own. It must not be copied.
type buffer struct {
	mu     sync.Mutex
	lines  []byte
	spare  []byte    // nil while it is written
	taken  sync.Cond // lines were taken, or will never be; its lock is mu
	failed error     // of the last write that failed
	ended  bool
	full   chan<- struct{}
	_      [64]byte
}

// Write takes one line. It waits when both halves are full, so that nothing is
// lost however slow the log is.
func (b *buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.lines) > flushBytes && len(b.lines)+len(line) > halfBytes && !b.ended {
		b.taken.Wait()
	}
	if b.ended {
		return 0, os.ErrClosed
	}
	had := len(b.lines)
	b.lines = append(b.lines, line...)
	if had <= flushBytes && len(b.lines) > flushBytes {
		select {
		case b.full <- struct{}{}:
		default: // whoever reads that message finds this buffer too
		}
	}
	return len(line), b.failed
}

// take returns the lines, and gathers others from here on, if there are more
// than over bytes. The lines must be handed to written before the next take.
func (b *buffer) take(over int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) <= over {
		return nil
	}
	lines := b.lines
	b.lines, b.spare = b.spare[:0], nil
	b.taken.Broadcast()
	return lines
}

// written gives lines back that were taken.
func (b *buffer) written(lines []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spare = lines[:0]
	if err != nil {
		b.failed = err
	}
}

// end lets no line in any more.
func (b *buffer) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.taken.Broadcast()
}

func (b *buffer) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

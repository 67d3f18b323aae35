package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/config"
)

// serverLog is where a server writes what it does.
type serverLog struct {
	zerolog.Logger
	access io.Writer // takes the lines of the access log; nil: there is none
	close  func() error
}

// openLog returns a log on w as the configuration says.
func openLog(w io.Writer, conf config.Log) (serverLog, error) {
	level, err := zerolog.ParseLevel(conf.Level)
	if err != nil {
		return serverLog{}, fmt.Errorf("log.level: %w", err)
	}
	flushing := newFlusher(w)
	var out io.Writer = flushing
	if conf.Format == "text" {
		out = zerolog.ConsoleWriter{Out: flushing, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w)}
	}
	l := serverLog{Logger: zerolog.New(out).Level(level).With().Timestamp().Logger(), close: flushing.Close}
	if conf.Access && level <= zerolog.InfoLevel {
		l.access = out
	}
	return l, nil
}

// Sizes of the log's buffers: how much each gathers, and for how long.
const (
	flushBytes = 64 << 10
	flushEvery = 100 * time.Millisecond
)

// flusher gathers log lines and writes them ten times a second, so that a
// request does not wait for a write of its own. There are two buffers: lines go
// into one while the other is written.
type flusher struct {
	out io.Writer

	mu      sync.Mutex
	idle    sync.Cond // nothing is being written; its lock is mu
	lines   []byte
	spare   []byte
	writing bool
	failed  error // of the last write that failed

	full chan struct{} // has a message when lines should be written now
	stop chan struct{}
	done sync.WaitGroup
}

func newFlusher(w io.Writer) *flusher {
	f := &flusher{
		out:   w,
		lines: make([]byte, 0, flushBytes),
		spare: make([]byte, 0, flushBytes),
		full:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
	}
	f.idle.L = &f.mu
	f.done.Go(f.loop)
	return f
}

// Write takes one line. It waits when both buffers are full, so that nothing is
// lost however slow the log is.
func (f *flusher) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.writing && len(f.lines)+len(line) > flushBytes && len(f.lines) > 0 {
		f.idle.Wait()
	}
	f.lines = append(f.lines, line...)
	if len(f.lines) > flushBytes/2 {
		select {
		case f.full <- struct{}{}:
		default:
		}
	}
	return len(line), f.failed
}

// Close writes what is left.
func (f *flusher) Close() error {
	close(f.stop)
	f.done.Wait()
	f.flush()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// flush writes the lines gathered so far. Only one goroutine does at a time.
func (f *flusher) flush() {
	lines := f.swap()
	var err error
	if len(lines) > 0 {
		_, err = f.out.Write(lines)
	}
	f.written(lines, err)
}

func (f *flusher) swap() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.lines
	f.lines, f.spare, f.writing = f.spare[:0], nil, true
	return lines
}

func (f *flusher) written(lines []byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spare, f.writing = lines[:0], false
	if err != nil {
		f.failed = err
	}
	f.idle.Broadcast()
}

func (f *flusher) loop() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.flush()
		case <-f.full:
			f.flush()
		case <-f.stop:
			return
		}
	}
}

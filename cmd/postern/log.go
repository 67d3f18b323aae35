package main

import (
	"bufio"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/config"
)

// openLog returns a logger that writes to w as the configuration says, and
// what ends it.
func openLog(w io.Writer, conf config.Log) (zerolog.Logger, func() error, error) {
	level, err := zerolog.ParseLevel(conf.Level)
	if err != nil {
		return zerolog.Nop(), nil, fmt.Errorf("log.level: %w", err)
	}
	flushing := newFlusher(w)
	var out io.Writer = flushing
	if conf.Format == "text" {
		out = zerolog.ConsoleWriter{Out: flushing, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w)}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger(), flushing.Close, nil
}

// Sizes of the log's buffer: how much is kept back, and for how long.
const (
	flushBytes = 64 << 10
	flushEvery = 100 * time.Millisecond
)

// flusher gathers log lines and writes them ten times a second, so that a
// request does not wait for a write of its own.
type flusher struct {
	mu  sync.Mutex
	buf *bufio.Writer

	stop chan struct{}
	done sync.WaitGroup
}

func newFlusher(w io.Writer) *flusher {
	f := &flusher{buf: bufio.NewWriterSize(w, flushBytes), stop: make(chan struct{})}
	f.done.Go(f.loop)
	return f
}

// Write takes one line.
func (f *flusher) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.buf.Write(line)
}

// Close writes what is left.
func (f *flusher) Close() error {
	close(f.stop)
	f.done.Wait()
	return f.flush()
}

func (f *flusher) flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.buf.Flush()
}

func (f *flusher) loop() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if f.flush() != nil {
				return // the log is gone; there is nobody to tell
			}
		case <-f.stop:
			return
		}
	}
}

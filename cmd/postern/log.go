package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/config"
)

// serverLog is where a server writes what it does.
type serverLog struct {
	zerolog.Logger
	access func(near uint32, line []byte) // gateway.Options.Access
	close  func() error
}

// openLog returns a log on w as the configuration says.
func openLog(w io.Writer, conf config.Log) (serverLog, error) {
	level, err := zerolog.ParseLevel(conf.Level)
	if err != nil {
		return serverLog{}, fmt.Errorf("log.level: %w", err)
	}
	flushing := newFlusher(w, 2*runtime.GOMAXPROCS(0)) // fewer numbers meet than with one for each
	var out io.Writer = flushing.near(0)
	access := flushing.writeNear
	if conf.Format == "text" { // for people: one buffer, hence one order
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w)}
		access = func(_ uint32, line []byte) { _, _ = out.Write(line) }
	}
	l := serverLog{Logger: zerolog.New(out).Level(level).With().Timestamp().Logger(), close: flushing.Close}
	if conf.Access && level <= zerolog.InfoLevel {
		l.access = access
	}
	return l, nil
}

package postern

import (
	"bytes"
	"context"
	"log/slog"
	"sync"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// Journal returns a handler for log/slog that writes to the function's
// journal: the message with its attributes as text. Time and level are the
// journal's own. Lines below the level least are left out.
//
//	slog.SetDefault(slog.New(postern.Journal(slog.LevelInfo)))
func Journal(least slog.Level) slog.Handler {
	l := new(line)
	return &journal{l, slog.NewTextHandler(&l.buf, &slog.HandlerOptions{
		Level: least,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
				return slog.Attr{}
			}
			return a
		},
	})}
}

// line is where handlers made from one another format, one at a time.
type line struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// journal formats with a text handler and hands the line to the host.
type journal struct {
	line *line
	text slog.Handler
}

// Enabled implements [slog.Handler].
func (j *journal) Enabled(ctx context.Context, level slog.Level) bool {
	return j.text.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (j *journal) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &journal{j.line, j.text.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (j *journal) WithGroup(name string) slog.Handler {
	return &journal{j.line, j.text.WithGroup(name)}
}

// Handle implements [slog.Handler].
func (j *journal) Handle(ctx context.Context, r slog.Record) error {
	text, err := j.format(ctx, r)
	if err == nil {
		lite.Log(levelOf(r.Level), text)
	}
	return err
}

func (j *journal) format(ctx context.Context, r slog.Record) (string, error) {
	j.line.mu.Lock()
	defer j.line.mu.Unlock()
	j.line.buf.Reset()
	err := j.text.Handle(ctx, r)
	return string(bytes.TrimSuffix(j.line.buf.Bytes(), []byte("\n"))), err
}

func levelOf(l slog.Level) Level {
	switch {
	case l < slog.LevelInfo:
		return LevelDebug
	case l < slog.LevelWarn:
		return LevelInfo
	case l < slog.LevelError:
		return LevelWarn
	}
	return LevelError
}

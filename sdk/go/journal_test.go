package postern

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

func TestJournal_writesMessageAndAttributes(t *testing.T) {
	j := Journal(slog.LevelInfo).WithAttrs([]slog.Attr{slog.Int("n", 1)}).WithGroup("g").(*journal)
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "took long", 0)
	r.AddAttrs(slog.String("level", "kept in a group"))
	for range 2 {
		got, err := j.format(context.Background(), r)
		if want := `msg="took long" n=1 g.level="kept in a group"`; err != nil || got != want {
			t.Fatalf("got %s, %v, want %s", got, err, want)
		}
	}
	if j.Enabled(context.Background(), slog.LevelDebug) {
		t.Error("debug lines are enabled")
	}
}

func TestLevelOf_roundsDown(t *testing.T) {
	for l, want := range map[slog.Level]Level{
		slog.LevelDebug: LevelDebug, slog.LevelInfo: LevelInfo, slog.LevelInfo + 1: LevelInfo, slog.LevelWarn: LevelWarn, slog.LevelError + 4: LevelError,
	} {
		if got := levelOf(l); got != want {
			t.Errorf("levelOf(%v) = %v, want %v", l, got, want)
		}
	}
}

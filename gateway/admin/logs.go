package admin

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/journal"
)

// How many of the last lines a client gets: unless it says, and at most.
const (
	usualTail = 100
	maxTail   = 10_000
)

// LineList is the answer of GET /v1/apps/{app}/logs.
type LineList struct {
	Lines []journal.Line `json:"lines"`
}

// Dropped is the data of the event "dropped": the reader was slower than the
// functions, and lost lines.
type Dropped struct {
	Dropped int64 `json:"dropped"` // since the stream began
}

// logs answers with the last lines, or with a stream of server-sent events.
func (s *Server) logs(x *exchange) error {
	app, err := s.findApp(x.params["app"])
	if err != nil {
		return err
	}
	tail, err := x.count("tail", usualTail, maxTail)
	if err != nil {
		return err
	}
	follow, err := x.flag("follow")
	if err != nil {
		return err
	}
	function := x.query("function")
	if follow || strings.Contains(string(x.rc.Request.Header.Peek("Accept")), "text/event-stream") {
		return s.follow(x, app.Name, function, tail)
	}
	return x.reply(http.StatusOK, LineList{Lines: listed(s.options.Journal.Recent(app.Name, function, tail))})
}

// follow streams the last lines and those to come, until the client leaves or
// the server shuts down.
func (s *Server) follow(x *exchange, app, function string, tail int) error {
	if s.draining.Load() {
		return errDraining()
	}
	select {
	case s.followers <- struct{}{}:
	default:
		return fault.New(fault.Busy, "%d clients follow log lines", cap(s.followers))
	}
	f := &stream{
		follower:  s.options.Journal.Follow(app, function), // before Recent, so that no line falls between
		heartbeat: s.options.Limits.Heartbeat,
		stop:      s.stop,
	}
	recent := s.options.Journal.Recent(app, function, tail)
	conn, wait := x.rc.Conn(), s.options.Limits.WriteWait
	f.extend = func() error { return conn.SetWriteDeadline(time.Now().Add(wait)) }

	x.rc.SetContentType("text/event-stream")
	x.rc.Response.ImmediateHeaderFlush = true
	x.rc.SetBodyStreamWriter(func(w *bufio.Writer) {
		defer func() { <-s.followers }()
		defer f.follower.Close()
		f.w = w
		if err := f.run(recent); err != nil {
			s.options.Log.Debug().Err(err).Str("app", app).Msg("follower left")
		}
	})
	return nil
}

// stream writes log lines as server-sent events.
type stream struct {
	w         *bufio.Writer
	follower  *journal.Follower
	heartbeat time.Duration
	stop      <-chan struct{}
	extend    func() error // gives the next write its time
	dropped   int64        // as told to the client
}

// run returns nil when the server shuts down, and an error when the client left.
func (f *stream) run(recent []journal.Line) error {
	var told uint64
	for _, line := range recent {
		told = line.Sequence
		if err := f.event("", line); err != nil {
			return err
		}
	}
	if err := f.comment("following"); err != nil {
		return err
	}
	beat := time.NewTicker(f.heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-f.stop:
			if err := f.event("end", struct{}{}); err != nil {
				return err
			}
			return f.flush()
		case <-beat.C:
			if err := f.comment("still here"); err != nil {
				return err
			}
		case line, ok := <-f.follower.C():
			if !ok {
				return f.flush()
			}
			if line.Sequence <= told {
				continue
			}
			if err := f.lines(line); err != nil {
				return err
			}
		}
	}
}

// lines writes a line and says first whether lines before it were lost.
func (f *stream) lines(line journal.Line) error {
	if dropped := f.follower.Dropped(); dropped > f.dropped {
		f.dropped = dropped
		if err := f.event("dropped", Dropped{Dropped: dropped}); err != nil {
			return err
		}
	}
	if err := f.event("", line); err != nil {
		return err
	}
	if len(f.follower.C()) > 0 {
		return nil // one flush for a burst
	}
	return f.flush()
}

// event writes one event; JSON has no line breaks, so its data is one line.
func (f *stream) event(name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if err := f.extend(); err != nil {
		return err
	}
	if name != "" {
		name = "event: " + name + "\n"
	}
	_, err = fmt.Fprintf(f.w, "%sdata: %s\n\n", name, text)
	return err
}

func (f *stream) comment(text string) error {
	if _, err := fmt.Fprintf(f.w, ": %s\n\n", text); err != nil {
		return err
	}
	return f.flush()
}

func (f *stream) flush() error {
	if err := f.extend(); err != nil {
		return err
	}
	return f.w.Flush()
}

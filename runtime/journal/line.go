package journal

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi"
)

// Levels of a line.
const (
	LevelDebug = "debug"
	LevelInfo  = "info"
	LevelWarn  = "warn"
	LevelError = "error"
)

// Streams that a line comes from.
const (
	StreamStdout = "stdout" // the function printed it
	StreamStderr = "stderr" // the function printed it as an error
	StreamLog    = "log"    // the function logged it with a level
	StreamRun    = "run"    // the runtime says how a run ended
)

// Line is one line of an app. Text has no line feed at its end; its bytes are
// the function's own and need not be UTF-8.
type Line struct {
	Sequence  uint64    `json:"sequence"` // grows with every line of the journal
	Time      time.Time `json:"time"`
	App       string    `json:"app"`
	Function  string    `json:"function"`
	Version   string    `json:"version"`
	RequestID string    `json:"requestId"`
	TraceID   string    `json:"traceId"`
	Attempt   int       `json:"attempt"`
	Level     string    `json:"level"`
	Stream    string    `json:"stream"`
	Text      string    `json:"text"`

	// Near is a number that lines made on one processor mostly share.
	Near uint32 `json:"-"`

	// Completion makes the text of a line that has none, when somebody reads
	// it: most lines are never read.
	Completion Completion `json:"-"`
}

// Completion says how a run that completed went. The zero value is for lines
// about other things.
type Completion struct {
	Completed bool
	Delivered bool          // a client got the answer
	Ran       time.Duration // how long the run took
	CPU       int64         // units of the meter
}

// text is what people read.
func (c Completion) text() string {
	var room [64]byte
	b := append(room[:0], "COMPLETED delivered="...)
	b = strconv.AppendBool(b, c.Delivered)
	b = append(b, " ms="...)
	b = strconv.AppendInt(b, c.Ran.Milliseconds(), 10)
	b = append(b, " cpu="...)
	b = strconv.AppendInt(b, c.CPU, 10)
	return string(b)
}

// read returns the line as readers get it.
func (l Line) read() Line {
	if l.Completion.Completed && l.Text == "" {
		l.Text = l.Completion.text()
	}
	return l
}

// AppendJSON appends the line to dst as one JSON object without line feeds:
// fit for one event of a stream. Bytes that are not UTF-8 become U+FFFD. It
// allocates nothing when dst has the room.
func (l *Line) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"sequence":`...)
	dst = strconv.AppendUint(dst, l.Sequence, 10)
	dst = append(dst, `,"time":"`...)
	dst = l.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","app":`...)
	dst = abi.AppendString(dst, l.App)
	dst = append(dst, `,"function":`...)
	dst = abi.AppendString(dst, l.Function)
	dst = append(dst, `,"version":`...)
	dst = abi.AppendString(dst, l.Version)
	dst = append(dst, `,"requestId":`...)
	dst = abi.AppendString(dst, l.RequestID)
	dst = append(dst, `,"traceId":`...)
	dst = abi.AppendString(dst, l.TraceID)
	dst = append(dst, `,"attempt":`...)
	dst = strconv.AppendInt(dst, int64(l.Attempt), 10)
	dst = append(dst, `,"level":`...)
	dst = abi.AppendString(dst, l.Level)
	dst = append(dst, `,"stream":`...)
	dst = abi.AppendString(dst, l.Stream)
	dst = append(dst, `,"text":`...)
	dst = abi.AppendString(dst, l.Text)
	return append(dst, '}')
}

// cutMark ends a text that was longer than it may be.
const cutMark = "… (cut)"

// cut returns text with at most limit bytes before the mark, and no rune in
// halves.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := max(limit, 0)
	for end > 0 && end > limit-(utf8.UTFMax-1) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutMark // a copy: the long text is let go
}

package postern

import (
	"context"
	"math/rand/v2"

	"github.com/postern-dev/postern/sdk/go/lite"
)

// These are the types of package lite, where they are described.
type (
	// Event is one request as the gateway tells it.
	Event = lite.Event
	// Response is what a function answers to an event.
	Response = lite.Response
	// Header is a set of header fields; an http.Header underneath.
	Header = lite.Header
	// Values are the values of names; a url.Values underneath.
	Values = lite.Values
	// Info is what a function learns of the run that it is part of.
	Info = lite.Info
	// Error is a failure of a service: a stable code and a message.
	Error = lite.Error
	// Level says how much a line in the journal matters.
	Level = lite.Level
)

// The levels of the journal.
const (
	LevelDebug = lite.LevelDebug
	LevelInfo  = lite.LevelInfo
	LevelWarn  = lite.LevelWarn
	LevelError = lite.LevelError
)

// HandleEvent gives every event to handler and answers with its response.
func HandleEvent(handler func(ctx context.Context, e Event) (Response, error)) {
	lite.HandleEvent(handler)
}

// Text returns a response of plain text.
func Text(status int, body string) Response { return lite.Text(status, body) }

// JSON returns a response whose body is JSON already.
func JSON(status int, body []byte) Response { return lite.JSON(status, body) }

// FromContext returns what is known of the run that ctx belongs to: the
// context of a request or the one given to an event's handler.
func FromContext(ctx context.Context) Info { return lite.FromContext(ctx) }

// Call asks the host for an act of a service. in and the answer are JSON; a
// failure of the service is an *[Error].
func Call(op string, in []byte) ([]byte, error) { return lite.Call(op, in) }

// Log writes a line to the journal. See [Journal] for log/slog.
func Log(level Level, message string) { lite.Log(level, message) }

// Rand returns a generator of random numbers that does not repeat itself when
// memory was put back, provided that it was made during the call.
func Rand() *rand.Rand { return lite.Rand() }

// Try gives an event to the handler and returns its reply. It is for tests.
func Try(event, contextJSON []byte) ([]byte, error) { return lite.Try(event, contextJSON) }

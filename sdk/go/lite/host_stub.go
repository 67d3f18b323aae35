//go:build !wasip1

package lite

import (
	"crypto/rand"
	"encoding/json"
	"errors"
)

// ops answers Call outside of a runtime.
var ops func(op string, in []byte) ([]byte, error)

// ServeOps makes answer stand for all services, in tests that run outside of
// a runtime. An *[Error] that it returns reaches the function as it is.
func ServeOps(answer func(op string, in []byte) ([]byte, error)) { ops = answer }

func callHost(op string, in []byte) []byte {
	if ops == nil {
		return answerError(&Error{"not_found", "no services outside of a runtime"})
	}
	out, err := ops(op, in)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return answerError(e)
		}
		return answerError(&Error{"internal", err.Error()})
	}
	return append(append([]byte(`{"ok":`), out...), '}')
}

func answerError(e *Error) []byte {
	b, _ := json.Marshal(map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}})
	return b
}

func logHost(level Level, message string) { print("level ", level, ": ", message, "\n") }

func fillRandom(b []byte) {
	rand.Read(b) // never fails
}

func printError(s string) { print(s) }

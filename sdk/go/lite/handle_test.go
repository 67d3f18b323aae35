package lite

import (
	"context"
	"errors"
	"testing"

	"github.com/postern-dev/postern/abi"
)

func TestHandleEvent_passesErrorsOn(t *testing.T) {
	want := errors.New("no luck")
	if _, err := answer(t, `{}`, func(context.Context, Event) (Response, error) { return Response{}, want }); err != want {
		t.Fatalf("err = %v, want %v", err, want)
	}
}

func TestHandleEvent_survivesAPanic(t *testing.T) {
	for want, value := range map[string]any{
		"panic: out of cheese":           "out of cheese",
		"panic: no luck":                 errors.New("no luck"),
		"panic: a value that is no text": 7,
		"panic: runtime error: index out of range [3] with length 0": nil,
	} {
		_, err := answer(t, `{}`, func(context.Context, Event) (Response, error) {
			if value == nil {
				var none []int
				_ = none[len("abc")]
			}
			panic(value)
		})
		if err == nil || err.Error() != want {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
	if got, err := answer(t, `{}`, func(context.Context, Event) (Response, error) { return Text(200, "fine"), nil }); err != nil {
		t.Fatalf("after a panic: %s, %v", got, err)
	}
}

func TestTry_needsAHandler(t *testing.T) {
	if _, err := Try([]byte(`{}`), nil); err == nil {
		t.Fatal("err = nil, want a complaint")
	}
}

func BenchmarkHandleEvent(b *testing.B) {
	HandleEvent(func(ctx context.Context, e Event) (Response, error) { return Text(200, "hello "+e.Param("name")), nil })
	defer func() { program.handle = nil }()
	c := abi.Context{RequestID: "0123456789abcdef0123456789abcdef", TraceID: "0123456789abcdef0123456789abcdef", Attempt: 1, App: "greeter", Function: "hello", Version: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
	run := c.AppendJSON(nil)
	event := []byte(tencentEvent)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Try(event, run); err != nil {
			b.Fatal(err)
		}
	}
}

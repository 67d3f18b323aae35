package wasm

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// printed returns the lines of one call, with their levels.
func printed(t *testing.T, spec Spec) []string {
	t.Helper()
	var lines []string
	run := Run{Print: func(level Level, text []byte) {
		lines = append(lines, strconv.Itoa(int(level))+":"+string(text))
	}}
	if _, err := newInstance(t, spec).Call(&run); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestInstance_printsLines(t *testing.T) {
	long := strings.Repeat("x", abi.MaxLogLine)
	tests := map[string]struct {
		wasm []byte
		want []string
	}{
		"stdout":              {abitest.Print("one\ntwo\n"), []string{"4:one", "4:two"}},
		"no newline":          {abitest.Print("one\n\ntwo"), []string{"4:one", "4:", "4:two"}},
		"stderr":              {abitest.PrintError("oops\n"), []string{"5:oops"}},
		"log":                 {abitest.Log(abi.LogWarn, "careful"), []string{"2:careful"}},
		"log at level 9":      {abitest.Log(9, "bad"), []string{"3:bad"}},
		"a line that is long": {abitest.Print(long + "tail\nnext"), []string{"4:" + long, "4:next"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := printed(t, clean(test.wasm)); !slices.Equal(got, test.want) {
				t.Errorf("got %.200q, want %.200q", got, test.want)
			}
		})
	}
}

func TestLines_joinParts(t *testing.T) {
	var l lines
	var got []string
	print := func(line []byte) { got = append(got, string(line)) }
	for _, part := range []string{"a", "b\nc", "", "\n", "d\ne\nf"} {
		l.write([]byte(part), print)
	}
	l.flush(print)
	l.flush(print)
	if want := []string{"ab", "c", "d", "e", "f"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestInstance_seesItsEnvironment(t *testing.T) {
	spec := clean(abitest.Environ())
	spec.Environment = []string{"A=1", "GREETING=hi"}
	if got, want := body(call(t, newInstance(t, spec), Run{})), `A=1\nGREETING=hi\n`; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestInstance_drawsOtherRandomBytesInEveryCall(t *testing.T) {
	m := loadModule(t, clean(abitest.Random()))
	seen := map[string]bool{}
	for range 4 {
		i := instantiate(t, m)
		for range 4 {
			got := body(call(t, i, Run{}))
			if len(got) != 32 || seen[got] {
				t.Fatalf("got %q, seen before: %v", got, seen)
			}
			seen[got] = true
		}
	}
}

func TestInstance_readsTheClock(t *testing.T) {
	i := newInstance(t, clean(abitest.Clock()))
	for range 3 {
		before := time.Now().UnixNano()
		got, err := strconv.ParseInt(body(call(t, i, Run{})), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if after := time.Now().UnixNano(); got < before || got > after {
			t.Fatalf("the clock shows %d, it is between %d and %d", got, before, after)
		}
	}
}

func TestCommand_answersOnStdout(t *testing.T) {
	hello := newInstance(t, clean(abitest.Command("hello from a command")))
	echo := newInstance(t, clean(abitest.CommandEcho()))
	event := strings.Repeat("0123456789", 10_000)
	for range 3 {
		if got := call(t, hello, Run{}); got != "hello from a command" {
			t.Fatalf("got %q", got)
		}
		if got := call(t, echo, Run{Event: []byte(event)}); got != event {
			t.Fatalf("got %d bytes, want the %d of the event", len(got), len(event))
		}
	}
	if kind := echo.module.Kind(); kind != Command {
		t.Fatalf("kind = %q", kind)
	}
}

func TestCommand_seesItsContext(t *testing.T) {
	spec := clean(abitest.CommandEnviron())
	spec.Environment = []string{"GREETING=hi"}
	got := call(t, newInstance(t, spec), Run{Context: []byte(`{"attempt":1}`)})
	if want := "POSTERN_CONTEXT={\"attempt\":1}\nGREETING=hi\n"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestCommand_endsWithACode(t *testing.T) {
	if got := call(t, newInstance(t, clean(abitest.CommandExit(0, "done"))), Run{}); got != "done" {
		t.Fatalf("got %q", got)
	}
	_, err := newInstance(t, clean(abitest.CommandExit(7, "half"))).Call(&Run{})
	f := wantFault(t, err, fault.Crashed)
	if !strings.Contains(f.Message, "code 7") {
		t.Fatalf("message = %q", f.Message)
	}
}

func TestCommand_startsAgainForEveryCallEvenWhenWarm(t *testing.T) {
	i := newInstance(t, warm(abitest.Command("again")))
	for range 3 {
		if got := call(t, i, Run{}); got != "again" {
			t.Fatalf("got %q", got)
		}
	}
}

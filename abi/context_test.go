package abi_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
)

func sampleContext() *abi.Context {
	return &abi.Context{
		RequestID: "r-\"1\"", TraceID: strings.Repeat("0a", 16), Attempt: 2, App: "shop", Function: "pay", Version: "sha256:1",
		MemoryLimit: math.MaxUint64, RunLimit: 90 * time.Second, Deadline: time.UnixMilli(1_700_000_000_123), Caller: "key\n1",
	}
}

func TestContext_isWrittenWithTheKeysOfTheManual(t *testing.T) {
	got := string(sampleContext().AppendJSON([]byte("context: ")))
	want := `context: {"requestId":"r-\"1\"","traceId":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","attempt":2,"app":"shop","function":"pay",` +
		`"version":"sha256:1","memoryLimit":18446744073709551615,"runLimitMs":90000,"deadlineMs":1700000000123,"caller":"key\n1"}`
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestContext_isTheSameWithItsFixedPart(t *testing.T) {
	want := string(sampleContext().AppendJSON(nil))
	c := sampleContext()
	c.Fixed = c.AppendFixed(nil)
	c.App, c.Function, c.Version, c.MemoryLimit, c.RunLimit = "", "", "", 0, 0
	if got := string(c.AppendJSON(nil)); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestContext_allocatesNothing(t *testing.T) {
	c, room := sampleContext(), make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(100, func() { c.AppendJSON(room) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

// FuzzAppendString compares with encoding/json, which puts the same character
// in place of what is no UTF-8.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\\n\r\t\b\f\x00\x1f\x7f", "ä€😀", "\xff", "\xed\xa0\x80", "a\xe2\x82", "\u2028", "\uFFFD"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got := abi.AppendString(nil, s)
		var back, want string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("AppendString(%q) = %s: %v", s, got, err)
		}
		quoted, err := json.Marshal(string(s))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(quoted, &want); err != nil {
			t.Fatal(err)
		}
		if back != want {
			t.Fatalf("AppendString(%q) = %s, want %s", s, got, quoted)
		}
		if other := abi.AppendString(nil, string(s)); string(other) != string(got) {
			t.Fatalf("of a string %s, of bytes %s", other, got)
		}
		c := abi.Context{RequestID: string(s), Caller: string(s)}
		if raw := c.AppendJSON(nil); !json.Valid(raw) {
			t.Fatalf("%s is not valid", raw)
		}
	})
}

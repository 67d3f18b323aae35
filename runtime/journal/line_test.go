package journal

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLine_writesTheSameAsItsTags(t *testing.T) {
	line := Line{
		Sequence: 7, Time: time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600)), App: "shop", Function: "pay",
		Version: "0123", RequestID: "r", TraceID: "t", Attempt: 3, Level: LevelWarn, Stream: StreamStderr, Text: "a \"line\"\twith <b>\u2028\x01",
	}
	got := line.AppendJSON([]byte("data: "))
	const want = `data: {"sequence":7,"time":"2026-01-02T02:04:05.6Z","app":"shop","function":"pay","version":"0123",` +
		`"requestId":"r","traceId":"t","attempt":3,"level":"warn","stream":"stderr","text":"a \"line\"\twith <b>` + "\u2028" + `\u0001"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back Line
	if err := json.Unmarshal(got[len("data: "):], &back); err != nil {
		t.Fatal(err)
	}
	line.Time = line.Time.UTC()
	if !reflect.DeepEqual(back, line) {
		t.Errorf("came back as %+v", back)
	}
	tagged, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := json.Unmarshal(tagged, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got[len("data: "):], &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("by tags %v, by AppendJSON %v", a, b)
	}
}

func TestLine_allocatesNothingInTheRoomItHas(t *testing.T) {
	line := Line{Time: time.Now(), App: "shop", Text: strings.Repeat("text ", 20)}
	buffer := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buffer = line.AppendJSON(buffer[:0]) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzLine_isOneLineOfJSON(f *testing.F) {
	for _, seed := range []string{"", "plain", "\n\r\x00", "\xff\xfe", "é€𝄞", `"\`, "\xed\xa0\x80", strings.Repeat("\x80", 40)} {
		f.Add(seed, seed, 8)
	}
	f.Fuzz(func(t *testing.T, app, text string, limit int) {
		limit = max(0, min(limit, 1<<16))
		line := Line{App: app, RequestID: app, Text: cut(text, limit)}
		if len(line.Text) > limit+len(cutMark) {
			t.Fatalf("cut to %d bytes, the limit is %d", len(line.Text), limit)
		}
		if utf8.ValidString(text) && !utf8.ValidString(line.Text) {
			t.Fatalf("a rune of %q was cut in halves: %q", text, line.Text)
		}
		got := line.AppendJSON(nil)
		if !utf8.Valid(got) || bytes.ContainsAny(got, "\n\r") {
			t.Fatalf("not one line of UTF-8: %q", got)
		}
		var back Line
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if want := strings.ToValidUTF8(app, "\uFFFD"); utf8.ValidString(app) && back.App != want {
			t.Fatalf("app %q came back as %q", app, back.App)
		}
	})
}

func TestJournal_makesTheTextOfACompletion(t *testing.T) {
	j := New(Default())
	follower := j.Follow("a", "")
	defer follower.Close()
	j.Append(Line{App: "a", Completion: Completion{Completed: true, Ran: 1500 * time.Millisecond, CPU: 7}})
	const want = "COMPLETED delivered=false ms=1500 cpu=7"
	if got := (<-follower.C()).Text; got != want {
		t.Errorf("a follower reads %q, want %q", got, want)
	}
	if got := j.Recent("a", "", 1)[0].Text; got != want {
		t.Errorf("later it reads %q, want %q", got, want)
	}
}

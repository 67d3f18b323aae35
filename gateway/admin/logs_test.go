package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/journal"
)

// newLogDesk has the app greeter in service.
func newLogDesk(t *testing.T, change func(*Options)) *desk {
	t.Helper()
	apps := &shelf{}
	d := newDesk(t, apps, change)
	if res, text := d.upload(pack(t, manifestOf("greeter"))); res.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	return d
}

func (d *desk) print(function string, texts ...string) {
	for _, text := range texts {
		d.journal.Append(journal.Line{Time: time.Unix(5, 0), App: "greeter", Function: function, Level: journal.LevelInfo, Stream: journal.StreamStdout, Text: text})
	}
}

func TestLogs_giveTheLastLines(t *testing.T) {
	d := newLogDesk(t, nil)
	d.print("hello", "one", "two \xff")
	d.print("other", "three")
	for query, want := range map[string]string{
		"": "one two � three", "?tail=1": "three", "?tail=0": "", "?function=hello": "one two �", "?function=hello&tail=1": "two �", "?function=none": "",
	} {
		res, text := d.ask("GET", "/v1/apps/greeter/logs"+query)
		var list LineList
		if err := json.Unmarshal([]byte(text), &list); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d %s", query, res.StatusCode, text)
		}
		var got []string
		for _, line := range list.Lines {
			got = append(got, line.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s = %q, want %q", query, got, want)
		}
	}
}

func TestLogs_refuseBadQueries(t *testing.T) {
	d := newLogDesk(t, nil)
	for _, query := range []string{"tail=x", "tail=-1", "tail=10001", "follow=maybe"} {
		res, text := d.ask("GET", "/v1/apps/greeter/logs?"+query)
		d.wantRefusal(res, text, http.StatusBadRequest, fault.Invalid)
	}
	res, text := d.ask("GET", "/v1/apps/none/logs")
	d.wantRefusal(res, text, http.StatusNotFound, fault.NotFound)
}

// events reads server-sent events as "name data" and comments as ": text".
type events struct {
	res   *http.Response
	lines *bufio.Scanner
}

func (d *desk) follow(query string) *events {
	d.t.Helper()
	res := d.start(d.request("GET", "/v1/apps/greeter/logs?follow=true"+query, nil))
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		d.t.Fatalf("answer = %d %s", res.StatusCode, kind)
	}
	d.validate(res.Request, res, []byte(": \n"))
	d.t.Cleanup(func() { _ = res.Body.Close() })
	return &events{res: res, lines: bufio.NewScanner(res.Body)}
}

// next returns the next event, "" at the end of the stream.
func (e *events) next() string {
	var name string
	for e.lines.Scan() {
		line := e.lines.Text()
		switch {
		case strings.HasPrefix(line, ": "):
			return line
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ") + " "
		case strings.HasPrefix(line, "data: "):
			var line journal.Line
			data := strings.TrimPrefix(e.lines.Text(), "data: ")
			if name == "" && json.Unmarshal([]byte(data), &line) == nil {
				data = line.Text
			}
			return name + data
		}
	}
	return ""
}

func (e *events) want(t *testing.T, want ...string) {
	t.Helper()
	for _, want := range want {
		if got := e.next(); got != want {
			t.Fatalf("event = %q, want %q", got, want)
		}
	}
}

func TestLogs_followLines(t *testing.T) {
	d := newLogDesk(t, nil)
	d.print("hello", "one", "two")
	e := d.follow("&tail=1")
	e.want(t, "two", ": following")
	d.print("hello", "three\nwith a break", "four")
	e.want(t, "three\nwith a break", "four")
}

func TestLogs_followOneFunction(t *testing.T) {
	d := newLogDesk(t, nil)
	e := d.follow("&function=hello")
	e.want(t, ": following")
	d.print("other", "no")
	d.print("hello", "yes")
	e.want(t, "yes")
}

func TestLogs_followByAccept(t *testing.T) {
	d := newLogDesk(t, nil)
	req := d.request("GET", "/v1/apps/greeter/logs", nil)
	req.Header.Set("Accept", "text/event-stream")
	res := d.start(req)
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type = %q", got)
	}
}

func TestLogs_beatWhileSilent(t *testing.T) {
	d := newLogDesk(t, func(o *Options) { o.Limits.Heartbeat = time.Millisecond })
	d.follow("").want(t, ": following", ": still here", ": still here")
}

func TestLogs_endWithTheServer(t *testing.T) {
	d := newLogDesk(t, nil)
	e := d.follow("")
	e.want(t, ": following")
	down := make(chan error, 1)
	go func() { down <- d.server.Shutdown(context.Background()) }()
	e.want(t, "end {}", "")
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestLogs_freePlacesOfLeavers(t *testing.T) {
	d := newLogDesk(t, func(o *Options) { o.Limits.MaxFollowers = 1; o.Limits.Heartbeat = time.Millisecond })
	first := d.follow("")
	first.want(t, ": following")
	res, text := d.ask("GET", "/v1/apps/greeter/logs?follow=true")
	d.wantRefusal(res, text, http.StatusServiceUnavailable, fault.Busy)
	_ = first.res.Body.Close()
	d.server.followers <- struct{}{} // the place is free once the stream noticed
	<-d.server.followers
	d.follow("").want(t, ": following")
}

func TestStream_tellsOfLostLines(t *testing.T) {
	lines := journal.New(journal.Default())
	defer lines.Close()
	follower := lines.Follow("greeter", "")
	room := cap(follower.C())
	for i := range room + 3 {
		lines.Append(journal.Line{App: "greeter", Text: fmt.Sprint(i)})
	}
	stop := make(chan struct{})
	var out strings.Builder
	f := &stream{w: bufio.NewWriter(&out), follower: follower, heartbeat: time.Hour, stop: stop, extend: func() error { return nil }}
	follower.Close() // its channel still holds what came before
	if err := f.run(nil); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if strings.Count(got, "event: dropped\ndata: {\"dropped\":3}\n\n") != 1 || strings.Count(got, "\"greeter\"") != room {
		t.Errorf("stream = %.300q…", got)
	}
}

func TestStream_sendsNoLineTwice(t *testing.T) {
	lines := journal.New(journal.Default())
	defer lines.Close()
	follower := lines.Follow("greeter", "")
	lines.Append(journal.Line{App: "greeter", Text: "both in Recent and followed"})
	recent := lines.Recent("greeter", "", 10)
	lines.Append(journal.Line{App: "greeter", Text: "followed"})
	follower.Close()
	var out strings.Builder
	f := &stream{w: bufio.NewWriter(&out), follower: follower, heartbeat: time.Hour, extend: func() error { return nil }}
	if err := f.run(recent); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "data: "); got != 2 {
		t.Errorf("the stream has %d lines, want 2: %s", got, out.String())
	}
}

package gateway

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/flavour"
)

func TestServer_answersWhatTheFunctionReplies(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	got := send(t, s.listen(t), request("GET", "/"))
	if got.status != 200 || got.body != "hello world" || got.header.Get("Content-Type") != "text/plain" {
		t.Errorf("got %+v", got)
	}
}

func TestServer_sendsNoBodyToHEAD(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	conn, err := s.listen(t).Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	got := exchangeOn(t, conn, in, request("HEAD", "/"))
	if want := strconv.Itoa(len("hello world")); got.header.Get("Content-Length") != want {
		t.Errorf("Content-Length = %q, want %q", got.header.Get("Content-Length"), want)
	}
	if got := exchangeOn(t, conn, in, request("GET", "/")); got.body != "hello world" {
		t.Errorf("the answer after it is %+v", got)
	}
}

func TestServer_keepsConnectionsUnlessAskedNotTo(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Hello())
	ln := s.listen(t)
	tests := []struct {
		name, request string
		closed        bool
	}{
		{"HTTP/1.1", request("GET", "/"), false},
		{"close", request("GET", "/", "Connection: close"), true},
		{"close in capitals", request("GET", "/", "Connection: Close"), true},
		{"close in a list", request("GET", "/", "connection: te, CLOSE"), true},
		{"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := send(t, ln, tt.request); got.status != 200 || got.closed != tt.closed {
				t.Errorf("status = %d, closed = %v, want 200 and %v", got.status, got.closed, tt.closed)
			}
		})
	}
}

func TestServer_survivesPanics(t *testing.T) {
	boom := func() { panic("boom") }
	tests := []struct {
		name   string
		change func(*flavour.Flavour)
	}{
		{"admission", func(f *flavour.Flavour) {
			f.Admit = func(*dialect.Route, *abi.Request) error { boom(); return nil }
		}},
		{"refusal", func(f *flavour.Flavour) {
			f.Admit = func(*dialect.Route, *abi.Request) error { return fault.New(fault.Denied, "no") }
			f.Refuse = func(*abi.Response, *abi.Request, *fault.Error) { boom() }
		}},
		{"an error as the value", func(f *flavour.Flavour) {
			f.Admit = func(*dialect.Route, *abi.Request) error { panic(errors.New("boom")) }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openStage(t, nil, odd(tt.change))
			s.deploy(t, `flavour = "odd"`, abitest.Hello())
			ln := s.listen(t)
			for range 3 {
				got := send(t, ln, request("GET", "/", "X-Request-Id: the-id"))
				if got.status != 500 || got.header.Get("X-Request-Id") != "the-id" || strings.Contains(got.body, "boom") {
					t.Fatalf("got %+v, want a 500 with the id that does not tell the cause", got)
				}
			}
			if log := s.log.all(); !strings.Contains(log, "boom") || !strings.Contains(log, `"id":"the-id"`) {
				t.Errorf("the log does not tell the cause: %s", log)
			}
		})
	}
}

func TestServer_refusesEveryCodeInEveryFlavour(t *testing.T) {
	s := openStage(t, nil)
	for _, base := range Flavours() {
		for _, code := range fault.Codes() {
			t.Run(base.Name+"/"+string(code), func(t *testing.T) {
				x := s.take()
				x.req.ID = "the-id"
				x.flavour = &base
				rc := newContext("GET", "/")
				x.refuse(rc, fault.New(code, "a \"message\" with \xff and \n"))
				if got := rc.Response.StatusCode(); got < 200 || got > 599 {
					t.Errorf("status = %d", got)
				}
				if body := rc.Response.Body(); !json.Valid(body) {
					t.Errorf("the body is no JSON: %q", body)
				}
				if got := string(rc.Response.Header.Peek("X-Request-Id")); got != "the-id" {
					t.Errorf("X-Request-Id = %q", got)
				}
				after := string(rc.Response.Header.Peek("Retry-After"))
				if want := code == fault.Busy || code == fault.Unavailable; (after != "") != want {
					t.Errorf("Retry-After = %q", after)
				}
			})
		}
	}
}

func TestServer_refusesWhatItDoesNotServe(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, `hosts = ["test.example"]`, abitest.Hello())
	ln := s.listen(t)
	got := send(t, ln, "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n")
	var body struct {
		Error struct{ Code, Message, RequestID string }
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("%v in %q", err, got.body)
	}
	if got.status != 404 || body.Error.Code != "not_found" || body.Error.RequestID != got.header.Get("X-Request-Id") {
		t.Errorf("got %+v", got)
	}
}

func TestServer_refusesAnswersThatAnnounceOthers(t *testing.T) {
	s := openStage(t, nil)
	ln := s.listen(t)
	for _, status := range []string{"100", "101", "103", "199"} {
		s.deploy(t, "", abitest.Reply(`{"isBase64Encoded":false,"statusCode":`+status+`,"headers":{},"body":""}`))
		if got := send(t, ln, request("GET", "/")); got.status != 403 || !strings.Contains(got.body, "response format") {
			t.Errorf("status %s became %+v, want the refusal of a bad reply", status, got)
		}
	}
}

func TestServer_sendsNoBodyWithStatusesThatHaveNone(t *testing.T) {
	s := openStage(t, nil)
	ln := s.listen(t)
	for _, status := range []string{"204", "304"} {
		s.deploy(t, "", abitest.Reply(`{"statusCode":`+status+`,"headers":{"Content-Length":"5"},"body":"hello"}`))
		conn, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(conn)
		for range 2 { // a body would be read as the next answer
			got := exchangeOn(t, conn, in, request("GET", "/"))
			if strconv.Itoa(got.status) != status || got.body != "" {
				t.Errorf("got %+v, want %s without a body", got, status)
			}
			if status == "204" && got.header.Get("Content-Length") != "" {
				t.Errorf("204 with Content-Length %s", got.header.Get("Content-Length"))
			}
		}
		_ = conn.Close()
	}
}

func TestServer_writesNoHeaderThatBreaksTheAnswer(t *testing.T) {
	field := func(name, value string) abi.Field { return abi.Field{Name: []byte(name), Value: []byte(value)} }
	tests := []struct {
		name  string
		field abi.Field
	}{
		{"line feed in a value", field("X-A", "1\r\nInjected: yes\r\n\r\nbody")},
		{"bare line feed", field("X-A", "1\nInjected: yes")},
		{"carriage return", field("X-A", "1\rInjected: yes")},
		{"line feed in a name", field("X-A\r\nInjected", "yes")},
		{"colon in a name", field("Injected: yes\r\nX", "1")},
		{"cookie", field("Set-Cookie", "a=b\r\nInjected: yes")},
		{"content type", field("Content-Type", "text/plain\r\nInjected: yes")},
		{"content encoding", field("Content-Encoding", "x\r\nInjected: yes")},
		{"server", field("Server", "x\r\nInjected: yes")},
		{"length", field("Content-Length", "1")},
		{"chunked", field("Transfer-Encoding", "chunked")},
		{"trailer", field("Trailer", "X-B")},
		{"connection", field("Connection", "close")},
		{"upgrade", field("Upgrade", "websocket")},
		{"request id", field("x-request-id", "another")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := abi.Response{Status: 200, Header: []abi.Field{tt.field, field("X-B", "b")}, Body: []byte("the body")}
			s := openStage(t, nil, fixed(res))
			s.deploy(t, `flavour = "odd"`, abitest.Hello())
			conn, err := s.listen(t).Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for range 2 {
				got := exchangeOn(t, conn, in, request("GET", "/", "X-Request-Id: mine"))
				if got.status != 200 || got.body != "the body" || got.closed {
					t.Fatalf("got %+v", got)
				}
				for _, name := range []string{"Injected", "Trailer", "Upgrade", "Connection", "Transfer-Encoding"} {
					if v := got.header[name]; v != nil {
						t.Errorf("the answer has %s: %q", name, v)
					}
				}
				if ids := got.header["X-Request-Id"]; len(ids) != 1 || ids[0] != "mine" {
					t.Errorf("X-Request-Id = %q", ids)
				}
				if got.header.Get("X-B") != "b" {
					t.Errorf("a harmless field is missing: %v", got.header)
				}
			}
		})
	}
}

func TestServer_tellsABusyClientWhenToCome(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "", abitest.Spin()) // each takes a slot until its run limit
	ln := s.listen(t)
	for range 4 {
		conn, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, request("GET", "/")); err != nil {
			t.Fatal(err)
		}
	}
	for running := 0; running < 4; {
		running, _ = s.apps.Table().Load("test", "f")
	}
	got := send(t, ln, request("GET", "/"))
	seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
	if got.status != 503 || err != nil || seconds < 1 {
		t.Errorf("got %+v, want 503 with Retry-After in seconds", got)
	}
	s.cancel() // lets go of the calls that run
}

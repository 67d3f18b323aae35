package target

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/native"
)

// TestMain lets the test binary be the program that serves native twins.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "bench" && os.Args[2] == "serve-native" {
		serveTwin(os.Args[3:])
	}
	os.Exit(m.Run())
}

func serveTwin(args []string) {
	flags := flag.NewFlagSet("serve-native", flag.ExitOnError)
	library, kind := flags.String("library", "", ""), flags.String("kind", "", "")
	typ, body := flags.String("type", "", ""), flags.String("body", "", "")
	_ = flags.Parse(args) // ends the process on a mistake
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(Announcement{Listen: ln.Addr().String()})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	_ = native.Serve(ctx, ln, native.Options{Kind: native.Kind(*kind), Library: native.Library(*library), Type: *typ, Body: *body})
	os.Exit(0)
}

// startOptions are what every test needs.
func startOptions(t *testing.T, kind string) *Options {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Options{
		Program: program, Dir: t.TempDir(), Patience: 30 * time.Second,
		Twin: Twin{Kind: kind, Type: "text/html", Body: "hello \"world\""},
	}
}

// exchange posts a body and returns the answer's, with its content type.
func exchange(t *testing.T, s *Server, body string) (answer, kind string) {
	t.Helper()
	res, err := http.Post(s.URL.String()+"/", "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("status %d, %v", res.StatusCode, err)
	}
	return string(text), res.Header.Get("Content-Type")
}

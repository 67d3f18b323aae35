package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime/journal"
)

func TestClient_followsLogs(t *testing.T) {
	term := newTerminal(t)
	term.put("printer", "print")
	if code, _, say := term.run("", "deploy", "printer"); code != 0 {
		t.Fatal(say)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines, out := io.Pipe()
	root := newRoot()
	root.SetOut(out)
	done := make(chan int, 1)
	go func() {
		code := run(ctx, root, []string{"logs", "printer", "-f", "--json", "--admin", term.node.adminAddr})
		_ = out.Close()
		done <- code
	}()
	// The first lines come from before, the later ones while it follows.
	scanner := bufio.NewScanner(lines)
	for range 2 {
		if code, _, say := term.run("", "invoke", "f"); code != 0 {
			t.Fatal(say)
		}
		for text := ""; text != "printed \x1b[31mred"; {
			if !scanner.Scan() {
				t.Fatalf("the stream ended: %v", scanner.Err())
			}
			var line journal.Line
			if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			text = line.Text
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("an interrupted verb exits with %d", code)
	}
}

func TestClient_keepsTerminalSafe(t *testing.T) {
	term := newTerminal(t)
	term.put("printer", "print")
	term.run("", "deploy", "printer")
	term.run("", "invoke", "f")
	_, out, _ := term.run("", "logs", "printer")
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "printed �[31mred") {
		t.Errorf("logs = %q", out)
	}
}

func TestLogReader_tellsHowAStreamEnds(t *testing.T) {
	line := "data: {\"function\":\"f\",\"level\":\"info\",\"text\":\"hello\"}\n\n"
	for name, row := range map[string]struct{ stream, out, say, err string }{
		"in order":   {": following\n\n" + line + "event: end\ndata: {}\n\n", "hello", "shutting down", ""},
		"lost lines": {"event: dropped\ndata: {\"dropped\":7}\n\n" + line + "event: end\ndata: {}\n\n", "hello", "7 lines were lost", ""},
		"unknown":    {"event: later\ndata: what\n\n" + line + "event: end\ndata: {}\n\n", "hello", "", ""},
		"broken":     {line, "hello", "", "closed the connection"},
		"nonsense":   {"data: {\n\n", "", "", "read line"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, say bytes.Buffer
			err := (&logReader{out: &out, say: &say}).events(strings.NewReader(row.stream))
			if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("err = %v, want %q", err, row.err)
			}
			if !strings.Contains(out.String(), row.out) || !strings.Contains(say.String(), row.say) {
				t.Errorf("printed %q and %q", out.String(), say.String())
			}
		})
	}
}

func TestClient_readsEventsFromFilesAndInput(t *testing.T) {
	term := newTerminal(t)
	term.put("parrot", "echo")
	if code, _, say := term.run("", "deploy", "parrot"); code != 0 {
		t.Fatal(say)
	}
	term.write("event.json", []byte(`{"from":"file"}`))
	for name, args := range map[string][]string{"file": {"--event", "event.json"}, "input": {"--event", "-"}} {
		code, out, say := term.run(`{"from":"input"}`, append([]string{"invoke", "f", "--app", "parrot"}, args...)...)
		if code != 0 || !strings.Contains(out, name) {
			t.Errorf("%s: exit %d, %q, %q", name, code, out, say)
		}
	}
	_, out, _ := term.run("", "invoke", "f", "--json")
	var done deploy.Invocation
	if err := json.Unmarshal([]byte(out), &done); err != nil || done.RequestID == "" || done.Version == "" {
		t.Errorf("--json prints %q (%v)", out, err)
	}
	for _, event := range []string{"{", "none.json"} {
		args := []string{"invoke", "f", "--event", "-"}
		if event == "none.json" {
			args[3] = event
		}
		if code, _, _ := term.run(event, args...); code == 0 {
			t.Errorf("the event %q is taken", event)
		}
	}
}

func TestClient_printsJSONForScripts(t *testing.T) {
	term := newTerminal(t)
	term.put("greeter", "one")
	term.run("", "deploy", "greeter")
	for _, row := range []struct {
		verb string
		into any
	}{
		{"deploy greeter --json", &deploy.Report{}},
		{"build greeter --json", &[]triedModule{}},
		{"apps --json", &admin.AppList{}},
		{"apps versions greeter --json", &admin.VersionList{}},
		{"apps functions greeter --json", &admin.FunctionList{}},
		{"apps routes --json", &admin.RouteList{}},
		{"explain GET / --json", &deploy.Explanation{}},
		{"version --json", &versionReport{}},
	} {
		code, out, say := term.run("", strings.Fields(row.verb)...)
		decoder := json.NewDecoder(strings.NewReader(out))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(row.into); err != nil || code != 0 {
			t.Errorf("%s: exit %d, %v: %s%s", row.verb, code, err, out, say)
		}
	}
}

func TestClient_saysWhatIsRefused(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) { c.Admin.MaxUpload = 1000 })
	t.Chdir(t.TempDir())
	term := &terminal{t, n}
	term.put("greeter", "one")
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 7)
	}
	term.write(filepath.Join("greeter", "f.wasm"), noise)
	t.Setenv(tokenVariable, n.token(t))
	code, _, say := term.run("", "deploy", "greeter")
	if code != exitRefused || !strings.Contains(say, "too_large") || !strings.Contains(say, "hint: ") {
		t.Errorf("a large upload: exit %d, %q", code, say)
	}
	t.Setenv(tokenVariable, strings.Repeat("x", 40))
	code, _, say = term.run("", "deploy", "greeter")
	if code != exitRefused || !strings.Contains(say, "unauthorized") {
		t.Errorf("a wrong token: exit %d, %q", code, say)
	}
}

func TestClient_saysWhenNobodyAnswers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for address, want := range map[string]string{gone: "no answer from the admin API", other.URL: "not of Postern's admin API", "ftp://x": "not an address", "": "not an address"} {
		root := newRoot()
		var say bytes.Buffer
		root.SetErr(&say)
		if code := run(t.Context(), root, []string{"apps", "--token", "x", "--admin", address}); code == 0 || !strings.Contains(say.String(), want) {
			t.Errorf("%q: exit %d, %q, want %q", address, code, say.String(), want)
		}
	}
}

func TestConnection_findsTheToken(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(tokenVariable, "")
	inFile, inData := strings.Repeat("f", 20), strings.Repeat("d", 20)
	if err := os.WriteFile("token", []byte(inFile+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&connection{}).findToken(); err == nil || !strings.Contains(err.Error(), tokenVariable) {
		t.Errorf("without a token: %v", err)
	}
	dir := config.Default().Data.Dir
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte(inData), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(c connection, want string) {
		t.Helper()
		if got, err := c.findToken(); err != nil || got != want {
			t.Errorf("%+v: token %q (%v), want %q", c, got, err, want)
		}
	}
	check(connection{}, inData)
	t.Setenv(tokenVariable, "of the environment")
	check(connection{}, "of the environment")
	check(connection{tokenFile: "token"}, inFile)
	check(connection{token: "said"}, "said")
	if _, err := (&connection{token: "a", tokenFile: "token"}).findToken(); err == nil {
		t.Error("two tokens are taken")
	}
}

func TestConnection_completesAppNames(t *testing.T) {
	term := newTerminal(t)
	for _, app := range []string{"greeter", "second"} {
		term.put(app, "one")
		term.run("", "deploy", app)
	}
	for _, verb := range [][]string{{"rollback"}, {"logs"}, {"apps", "versions"}} {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(io.Discard)
		args := append([]string{"__complete"}, verb...)
		run(t.Context(), root, append(args, "--admin", term.node.adminAddr, ""))
		if !strings.HasPrefix(out.String(), "greeter\nsecond\n") {
			t.Errorf("%v completes to %q", verb, out.String())
		}
	}
}

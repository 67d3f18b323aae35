package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/deploy"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// terminal runs verbs against a node, in a folder of their own.
type terminal struct {
	t    *testing.T
	node *node
}

// newTerminal starts a node and moves to an empty folder.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	n := startTestNode(t, nil)
	t.Chdir(t.TempDir())
	t.Setenv(tokenVariable, n.token(t))
	return &terminal{t, n}
}

// run runs the program with arguments; the admin API's address is added for
// the verbs that talk to it.
func (t *terminal) run(in string, args ...string) (code int, out, say string) {
	t.t.Helper()
	root := newRoot()
	var stdout, stderr bytes.Buffer
	root.SetIn(strings.NewReader(in))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	if verb, _, err := root.Find(args); err == nil && verb.Flag("admin") != nil {
		args = append(args, "--admin", t.node.adminAddr)
	}
	code = run(t.t.Context(), root, args)
	return code, stdout.String(), stderr.String()
}

// put makes an app in a folder of that name. Its only function replies with
// reply, or is one of the odd ones.
func (t *terminal) put(app, reply string) {
	t.t.Helper()
	module := abitest.Reply(`{"isBase64Encoded":false,"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"` + reply + `"}`)
	extra := ""
	switch reply {
	case "trap":
		module = abitest.Trap()
	case "print":
		module = abitest.Print("printed \x1b[31mred\n")
	case "echo":
		module = abitest.Echo()
	case "component":
		module = abitest.Component()
	case "mistakes":
		extra = "memory = \"much\"\ncolour = 1"
	}
	manifest := strings.Replace(appOf(app, extra), "[app]\n", "[app]\nprefix = \"/"+app+"\"\n", 1)
	t.write(filepath.Join(app, deploy.ManifestFile), []byte(manifest))
	t.write(filepath.Join(app, "f.wasm"), module)
}

func (t *terminal) write(path string, content []byte) {
	t.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.t.Fatal(err)
	}
}

// volatile are the parts of an output that no two runs have in common. How
// memory is put back depends on the kernel.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "REQUEST"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d(T| )\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`), "DATE"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`), "TIME"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	{regexp.MustCompile(`\bms=\d+ cpu=\d+`), "ms=N cpu=N"},
	{regexp.MustCompile(`, [0-9.]+m?s, memory [0-9.]+ [KM]iB`), ", TIME, memory SIZE"},
	{regexp.MustCompile(`(?m)\b(clean|warm)  +.*$`), "$1  RESET"},
	{regexp.MustCompile(`(clean for every call by: ).*`), "${1}RESET"},
	{regexp.MustCompile(`(function  +unknown  +|function  +)dirty.*`), "${1}RESET"},
}

var digest = regexp.MustCompile(`\b[0-9a-f]{12}([0-9a-f]{52})?\b`)

// steady replaces what differs from run to run. Digests are numbered in the
// order of their appearance.
func steady(text string) string {
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	seen := map[string]string{}
	return digest.ReplaceAllStringFunc(text, func(d string) string {
		d = short(d)
		if seen[d] == "" {
			seen[d] = fmt.Sprintf("VERSION-%04d", len(seen)+1)
		}
		return seen[d]
	})
}

// A transcript is a file of commands, each after "$ ", with what they print:
// standard output as it is, standard error after "! ", and the exit code
// unless it is 0. "$ put APP REPLY" makes an app; "$ get PATH" is a client.
func TestVerbs_printWhatTheTranscriptSays(t *testing.T) {
	path := filepath.Join("testdata", "verbs.txt")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	term := newTerminal(t)
	var transcript strings.Builder
	for line := range strings.Lines(string(want)) {
		command, ok := strings.CutPrefix(line, "$ ")
		if ok {
			transcript.WriteString(line + term.command(strings.Fields(command)))
		} else if strings.HasPrefix(line, "#") {
			transcript.WriteString("\n" + line)
		}
	}
	got := strings.TrimPrefix(steady(transcript.String()), "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(want) {
		t.Errorf("the transcript is now (go test -run %s -update writes it)\n%s", t.Name(), got)
	}
}

// command runs one line of a transcript and returns what it prints.
func (t *terminal) command(args []string) string {
	t.t.Helper()
	switch args[0] {
	case "put":
		t.put(args[1], args[2])
		return ""
	case "get":
		a := get(t.t, t.node, args[1])
		return fmt.Sprintf("%d %s\n", a.status, a.body)
	}
	code, out, say := t.run("", args[1:]...)
	for line := range strings.Lines(say) {
		out += "! " + line
	}
	if code != 0 {
		out += fmt.Sprintf("exit %d\n", code)
	}
	return out
}

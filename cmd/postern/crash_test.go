package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
)

// asServer makes the test binary behave as the program, in a process of its
// own that can be killed.
const asServer = "POSTERN_TEST_SERVE"

func TestMain(m *testing.M) {
	if data := os.Getenv(asServer); data != "" {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", data}
		os.Args = append(os.Args[:1], args...)
		main()
	}
	os.Exit(m.Run())
}

// process is the program in a process of its own.
type process struct {
	cmd                    *exec.Cmd
	gatewayAddr, adminAddr string
	token                  string
}

// startProcess starts the program on a data directory and waits until it is
// ready.
func startProcess(t *testing.T, data string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+data)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"message":"ready"`) {
			p.gatewayAddr = field(lines.Text(), "listen")
			p.adminAddr = field(lines.Text(), "admin")
			break
		}
	}
	if p.adminAddr == "" {
		t.Fatal("the server did not start")
	}
	go func() { // so that a full pipe does not stop it
		for lines.Scan() {
		}
	}()
	token, err := os.ReadFile(filepath.Join(data, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	p.token = strings.TrimSpace(string(token))
	return p
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	_ = p.cmd.Wait()
}

func field(line, name string) string {
	_, rest, _ := strings.Cut(line, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestProcess_keepsAcknowledgedDeploysWhenKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the server some ten times")
	}
	data := t.TempDir()
	acknowledged := map[string]string{} // app -> the body of its last acknowledged version
	const deploys = 100
	for done := 0; done < deploys; {
		p := startProcess(t, data)
		checkAcknowledged(t, p, acknowledged)
		moment := time.Duration(20+rand.IntN(400)) * time.Millisecond
		killer := time.AfterFunc(moment, p.kill)
		for ; done < deploys; done++ {
			app, body := fmt.Sprintf("app%d", done%10), fmt.Sprintf("deploy %d", done)
			module := abitest.Reply(fmt.Sprintf(`{"statusCode":200,"body":%q}`, body))
			manifest := strings.Replace(appOf(app, ""), "[[function]]", fmt.Sprintf("prefix = \"/%s\"\n[[function]]", app), 1)
			header := http.Header{"Authorization": {"Bearer " + p.token}, "Content-Type": {"application/zip"}}
			a, err := try(t.Context(), http.MethodPost, "http://"+p.adminAddr+"/v1/apps", header, strings.NewReader(string(zipOf(t, manifest, module))))
			if err != nil {
				delete(acknowledged, app) // either version may be there now
				done++
				break
			}
			if a.status != 200 {
				t.Fatalf("deploy answered %d: %s", a.status, a.body)
			}
			acknowledged[app] = body
		}
		killer.Stop()
		p.kill()
	}
	p := startProcess(t, data)
	checkAcknowledged(t, p, acknowledged)
	if len(acknowledged) == 0 {
		t.Error("no deploy was acknowledged")
	}
}

func checkAcknowledged(t *testing.T, p *process, acknowledged map[string]string) {
	t.Helper()
	for app, body := range acknowledged {
		if a := ask(t, http.MethodGet, "http://"+p.gatewayAddr+"/"+app+"/", nil, nil); a.status != 200 || a.body != body {
			t.Errorf("after a kill %s answers %d %q, want %q", app, a.status, a.body, body)
		}
	}
}

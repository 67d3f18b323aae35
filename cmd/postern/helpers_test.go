package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
)

// startTestNode starts a node on ports of its own, the way serve does. It is
// closed when the test ends.
func startTestNode(t *testing.T, change func(*config.Server)) *node {
	t.Helper()
	conf := config.Default()
	conf.Gateway.Listen, conf.Admin.Listen = "127.0.0.1:0", "127.0.0.1:0"
	conf.Data.Dir = t.TempDir()
	conf.Gateway.Drain = 10 * time.Second
	if change != nil {
		change(&conf)
	}
	n, err := startNode(t.Context(), conf, serverLog{Logger: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close node: %v", err)
		}
	})
	return n
}

// appOf is a manifest with one function "f" of the module f.wasm behind every
// path. extra goes into the function, as TOML.
func appOf(name, extra string) string {
	return fmt.Sprintf(`[app]
name = %q

[[function]]
name = "f"
module = "f.wasm"
%s

[[route]]
path = "/"
function = "f"
integrated = true
`, name, extra)
}

// bundleOf is a bundle of a manifest and of one module, f.wasm.
func bundleOf(manifest string, module []byte) *deploy.Bundle {
	b := &deploy.Bundle{Files: map[string]deploy.File{}}
	for name, content := range map[string][]byte{deploy.ManifestFile: []byte(manifest), "f.wasm": module} {
		b.Files[name] = deploy.File{
			Bytes: int64(len(content)),
			Open:  func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		}
	}
	return b
}

// zipOf is the same as an archive, as it is uploaded.
func zipOf(t *testing.T, manifest string, module []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range map[string][]byte{deploy.ManifestFile: []byte(manifest), "f.wasm": module} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func mustDeploy(t *testing.T, n *node, manifest string, module []byte) *deploy.Report {
	t.Helper()
	report, err := n.apps.Deploy(t.Context(), bundleOf(manifest, module))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// answer is an HTTP response, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks the node for a path.
func get(t *testing.T, n *node, path string) answer {
	t.Helper()
	return ask(t, http.MethodGet, "http://"+n.gatewayAddr+path, nil, nil)
}

func ask(t *testing.T, method, url string, header http.Header, body io.Reader) answer {
	t.Helper()
	a, err := try(t.Context(), method, url, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// try is ask for goroutines, which must not end the test.
func try(ctx context.Context, method, url string, header http.Header, body io.Reader) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return answer{}, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

// token reads the node's admin token.
func (n *node) token(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(n.tokenPath)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// upload deploys an archive through the admin API.
func upload(t *testing.T, n *node, archive []byte) answer {
	t.Helper()
	header := http.Header{"Authorization": {"Bearer " + n.token(t)}, "Content-Type": {"application/zip"}}
	return ask(t, http.MethodPost, "http://"+n.adminAddr+"/v1/apps", header, bytes.NewReader(archive))
}

// raw sends a request as it is written, and returns the status of the answer.
func raw(t *testing.T, addr, path string, header http.Header, body []byte) int {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var req bytes.Buffer
	fmt.Fprintf(&req, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n", path, len(body))
	for k, values := range header {
		for _, v := range values {
			fmt.Fprintf(&req, "%s: %s\r\n", k, v)
		}
	}
	req.WriteString("\r\n")
	req.Write(body)
	// The server may close while the rest is still being sent.
	go func() { _, _ = conn.Write(req.Bytes()) }()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/admin"
	"github.com/postern-dev/postern/gateway/config"
)

// refusalOf reads the JSON of a refusal.
func refusalOf(t *testing.T, a answer) admin.RefusalError {
	t.Helper()
	var r admin.Refusal
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		t.Fatalf("%d %q is no refusal: %v", a.status, a.body, err)
	}
	return r.Error
}

// modulesOf counts the module files of a node.
func modulesOf(t *testing.T, n *node) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(filepath.Join(n.conf.Data.Dir, "modules"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestUpload_refusesBadModulesAndKeepsTheOldOnes(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("greeter", ""), abitest.Hello())
	tests := []struct {
		name, extra string
		module      []byte
		code        fault.Code
		says        string // in the message or the hint
	}{
		{"text", "", []byte("#!/bin/sh"), fault.NotWasm, "wasm"},
		{"nothing", "", nil, fault.NotWasm, "wasm"},
		{"component", "", abitest.Component(), fault.Component, "component"},
		{"truncated", "", abitest.Truncated(), fault.BadModule, ""},
		{"cut in the middle", "", abitest.Hello()[:100], fault.BadModule, ""},
		{"no handler", "", abitest.Without(abi.ExportHandle), fault.MissingExport, abi.ExportHandle},
		{"more memory at the start than it may have", `memory = "1MiB"`, abitest.HugeMemory(100), fault.ModuleMemoryLimit, ""},
		{"wrong signature", "", abitest.WrongSignature(abi.ExportHandle), fault.WrongSignature, abi.ExportHandle},
		{"unknown import", "", abitest.UnknownImport("env", "launch"), fault.UnknownImport, "launch"},
		{"memory above the server's limit", `memory = "2GiB"`, abitest.Hello(), fault.ModuleMemoryLimit, "engine.max_memory"},
		{"trap at start", "", abitest.StartTrap(), fault.StartFailed, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := upload(t, n, zipOf(t, appOf("greeter", tt.extra), tt.module))
			got := refusalOf(t, a)
			if got.Code != tt.code || a.status < 400 || a.status > 499 {
				t.Fatalf("got %d %+v, want %s", a.status, got, tt.code)
			}
			if got.Message == "" || got.RequestID == "" || !strings.Contains(got.Message+got.Hint, tt.says) {
				t.Errorf("the refusal does not say %q: %+v", tt.says, got)
			}
			if a := get(t, n, "/"); a.body != "hello world" {
				t.Errorf("the old version answers %d %q", a.status, a.body)
			}
			if versions, err := n.apps.Versions(t.Context(), "greeter"); err != nil || len(versions) != 1 {
				t.Errorf("there are %d versions, %v", len(versions), err)
			}
		})
	}
	if _, err := n.apps.Invoke(t.Context(), "greeter", "f", []byte("{}")); err != nil {
		t.Errorf("afterwards an invocation fails: %v", err)
	}
}

func TestUpload_tellsAllComplaintsWithTheirLines(t *testing.T) {
	n := startTestNode(t, nil)
	manifest := "[app]\nname = \"a b\"\ncolour = \"red\"\n\n[[function]]\nname = \"f\"\nmodule = \"f.wasm\"\nmemory = \"much\"\n\n" +
		"[[route]]\npath = \"greet\"\nfunction = \"g\"\n"
	before := modulesOf(t, n)
	a := upload(t, n, zipOf(t, manifest, abitest.Hello()))
	got := refusalOf(t, a)
	if a.status != 422 || got.Code != fault.BadManifest {
		t.Fatalf("got %d %+v", a.status, got)
	}
	lines := map[int]bool{}
	for _, c := range got.Complaints {
		lines[c.Line] = true
	}
	for _, want := range []int{2, 3, 8, 11} {
		if !lines[want] {
			t.Errorf("there is no complaint about line %d: %+v", want, got.Complaints)
		}
	}
	if after := modulesOf(t, n); after != before || len(n.apps.Apps()) != 0 {
		t.Errorf("%d modules were %d before, apps are %v", after, before, n.apps.Apps())
	}
}

func TestUpload_refusesBombsAndOddArchives(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) {
		c.Admin.MaxUpload, c.Admin.MaxUnpacked, c.Admin.MaxModule = 4<<20, 16<<20, 8<<20
	})
	archive := func(write func(z *zip.Writer)) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		write(z)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	add := func(z *zip.Writer, name string, content io.Reader) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	zeros := func(n int64) io.Reader { return io.LimitReader(zeroes{}, n) }
	tests := []struct {
		name string
		zip  []byte
		code fault.Code
	}{
		{"bomb", archive(func(z *zip.Writer) {
			add(z, "postern.toml", strings.NewReader(appOf("bomb", "")))
			add(z, "f.wasm", zeros(1<<30))
		}), fault.TooLarge},
		{"bomb in many files", archive(func(z *zip.Writer) {
			for i := range 40 {
				add(z, fmt.Sprintf("%d.wasm", i), zeros(1<<20))
			}
		}), fault.TooLarge},
		{"path that leaves", archive(func(z *zip.Writer) {
			add(z, "../postern.toml", strings.NewReader("x"))
		}), fault.BadBundle},
		{"no manifest", archive(func(z *zip.Writer) {
			add(z, "f.wasm", bytes.NewReader(abitest.Hello()))
		}), fault.BadBundle},
		{"no archive", []byte("PK\x03\x04 not really"), fault.BadBundle},
		{"nothing", nil, fault.BadBundle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := upload(t, n, tt.zip)
			got := refusalOf(t, a)
			if got.Code != tt.code && got.Code != fault.ModuleTooLarge || a.status < 400 || a.status > 499 {
				t.Errorf("got %d %+v, want %s", a.status, got, tt.code)
			}
			left, err := os.ReadDir(filepath.Join(n.conf.Data.Dir, "spool"))
			if err != nil || len(left) > 0 {
				t.Errorf("the spool holds %v, %v", left, err)
			}
		})
	}
	if a := upload(t, n, zipOf(t, appOf("good", ""), abitest.Hello())); a.status != 200 {
		t.Errorf("afterwards a good upload gets %d %s", a.status, a.body)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A gigabyte is refused when it is announced, and when it just comes.
func TestUpload_refusesAGigabyte(t *testing.T) {
	n := startTestNode(t, func(c *config.Server) { c.Admin.MaxUpload = 8 << 20 })
	token := n.token(t)
	for _, framing := range []string{"Content-Length: 1073741824", "Transfer-Encoding: chunked"} {
		t.Run(framing, func(t *testing.T) {
			conn, err := net.Dial("tcp", n.adminAddr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			var before, after goruntime.MemStats
			goruntime.ReadMemStats(&before)
			sent := make(chan int64, 1)
			go func() { sent <- sendGigabyte(conn, framing, token) }()
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != 413 || !strings.Contains(string(body), "too_large") {
				t.Errorf("got %d %q, %v", res.StatusCode, body, err)
			}
			_ = conn.Close()
			if got := <-sent; got >= 512<<20 {
				t.Errorf("the server took %d bytes before it refused", got)
			}
			goruntime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("the refusal cost %d MB", grown>>20)
			}
		})
	}
}

// sendGigabyte sends for as long as the server takes it, and returns how much
// that was.
func sendGigabyte(conn net.Conn, framing, token string) (sent int64) {
	_, err := fmt.Fprintf(conn, "POST /v1/apps HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/zip\r\n%s\r\n\r\n", token, framing)
	piece := bytes.Repeat([]byte{'a'}, 1<<20)
	if strings.Contains(framing, "chunked") {
		piece = append(append([]byte("100000\r\n"), piece...), "\r\n"...)
	}
	for ; err == nil && sent < 1<<30; sent += 1 << 20 {
		_, err = conn.Write(piece)
	}
	return sent
}

func TestUpload_asksForTheToken(t *testing.T) {
	n := startTestNode(t, nil)
	archive := zipOf(t, appOf("greeter", ""), abitest.Hello())
	for _, value := range []string{"", "Bearer", "Bearer wrong", "Basic " + n.token(t), n.token(t)} {
		header := http.Header{"Content-Type": {"application/zip"}, "Authorization": {value}}
		a := ask(t, http.MethodPost, "http://"+n.adminAddr+"/v1/apps", header, bytes.NewReader(archive))
		if a.status != 401 || refusalOf(t, a).Code != fault.Unauthorized {
			t.Errorf("with %q the answer is %d %s", value, a.status, a.body)
		}
	}
	if len(n.apps.Apps()) != 0 {
		t.Error("an app was deployed without the token")
	}
}

func TestUpload_refusesClaimsOfOthers(t *testing.T) {
	n := startTestNode(t, nil)
	claim := func(name, text string) string {
		return strings.Replace(appOf(name, ""), "[[function]]", text+"\n[[function]]", 1)
	}
	mustDeploy(t, n, claim("host", `hosts = ["a.example"]`), abitest.Hello())
	mustDeploy(t, n, claim("prefix", `prefix = "/p"`), abitest.Hello())
	mustDeploy(t, n, claim("every", ""), abitest.Hello())
	for name, text := range map[string]string{
		"host": `hosts = ["b.example", "A.example"]`, "prefix": `prefix = "/p"`, "every host": "",
	} {
		t.Run(name, func(t *testing.T) {
			table := n.apps.Table()
			a := upload(t, n, zipOf(t, claim("other", text), abitest.Hello()))
			if a.status != 409 || refusalOf(t, a).Code != fault.Conflict {
				t.Errorf("got %d %s, want a conflict", a.status, a.body)
			}
			if n.apps.Table() != table || len(n.apps.Apps()) != 3 {
				t.Error("the refused deploy changed what is in service")
			}
		})
	}
}

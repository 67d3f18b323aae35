package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

func TestServer_refusesWithoutToken(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for name, header := range map[string]string{
		"none": "", "wrong": "Bearer " + strings.Repeat("x", 32), "basic": "Basic " + testToken, "bare": testToken, "longer": "Bearer " + testToken + "x",
	} {
		for _, e := range endpoints() {
			if e.access == open {
				continue
			}
			req := d.request(e.method, strings.NewReplacer("{app}", "a", "{function}", "f").Replace(e.path), nil)
			req.Header["Authorization"] = []string{header}
			res, text := d.do(req)
			d.wantRefusal(res, text, http.StatusUnauthorized, fault.Unauthorized)
			if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") {
				t.Errorf("%s token: WWW-Authenticate = %q", name, got)
			}
		}
	}
}

func TestServer_tellsStrangersNoPaths(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	req := d.request("GET", "/v1/secret", nil)
	req.Header["Authorization"] = nil
	res, text := d.do(req)
	d.wantRefusal(res, text, http.StatusUnauthorized, fault.Unauthorized)
}

func TestServer_openEndpointsNeedNoToken(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for _, path := range []string{"/healthz", "/readyz", "/v1/openapi.json"} {
		req := d.request("GET", path, nil)
		req.Header["Authorization"] = nil
		if res, text := d.do(req); res.StatusCode != http.StatusOK {
			t.Errorf("%s = %d %s", path, res.StatusCode, text)
		}
	}
}

func TestServer_namesAllowedMethods(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for path, want := range map[string]string{
		"/v1/apps": "GET, HEAD, POST", "/v1/apps/a": "DELETE, GET, HEAD", "/v1/apps/a/rollback": "POST", "/healthz": "GET, HEAD",
	} {
		res, text := d.ask("PATCH", path)
		d.wantRefusal(res, text, http.StatusMethodNotAllowed, fault.Invalid)
		if got := res.Header.Get("Allow"); got != want {
			t.Errorf("%s: Allow = %q, want %q", path, got, want)
		}
	}
}

func TestServer_doesNotKnowOtherPaths(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for _, path := range []string{"/", "/v1", "/v1/apps/", "/v1/apps//versions", "/v1/../metrics", "/v1/apps/%2e%2e/x", "/v1/apps/a/b/c/d/e", "/v1//apps"} {
		res, text := d.ask("GET", path)
		d.wantRefusal(res, text, http.StatusNotFound, fault.NotFound)
	}
}

func TestServer_headIsGetWithoutBody(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	res, text := d.ask("HEAD", "/v1/apps")
	if res.StatusCode != http.StatusOK || text != "" {
		t.Errorf("HEAD = %d %q", res.StatusCode, text)
	}
}

func TestServer_keepsOrMakesRequestID(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for sent, kept := range map[string]bool{"abc-123": true, "": false, "a b": false, strings.Repeat("x", 200): false, "a\"b": false} {
		req := d.request("GET", "/v1/apps/none", nil)
		req.Header.Set("X-Request-Id", sent)
		res, text := d.do(req)
		refused := d.wantRefusal(res, text, http.StatusNotFound, fault.NotFound)
		got := res.Header.Get("X-Request-Id")
		if (got == sent) != kept || got != refused.RequestID || got == "" {
			t.Errorf("sent %q, got %q in the header and %q in the body", sent, got, refused.RequestID)
		}
	}
}

func TestServer_hidesCauses(t *testing.T) {
	apps := &shelf{fail: fmt.Errorf("open /secret/path: %w", errors.New("denied"))}
	d := newDesk(t, apps, nil)
	res, text := d.ask("POST", "/v1/apps/a/functions/f/invoke")
	d.wantRefusal(res, text, http.StatusInternalServerError, fault.Internal)
	if strings.Contains(text, "secret") {
		t.Errorf("the answer shows the cause: %s", text)
	}
}

func TestServer_survivesPanic(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	res, text := d.ask("POST", "/v1/apps/a/functions/panics/invoke")
	d.wantRefusal(res, text, http.StatusInternalServerError, fault.Internal)
	if strings.Contains(text, "secret") {
		t.Errorf("the answer shows the panic: %s", text)
	}
	if res, _ := d.ask("GET", "/healthz"); res.StatusCode != http.StatusOK {
		t.Errorf("after a panic /healthz = %d", res.StatusCode)
	}
}

func TestServer_refusesLargeHeader(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	req := d.request("GET", "/healthz", nil)
	for i := range 10_000 {
		req.Header.Set(fmt.Sprintf("X-Field-%d", i), "value")
	}
	res, text := d.do(req)
	if refused := d.refusal(text); res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || refused.Code != fault.TooLarge {
		t.Errorf("answer = %d %s", res.StatusCode, text)
	}
}

// raw sends bytes on a connection of its own and returns what comes back
// until the server closes it.
func (d *desk) raw(sent string) string {
	d.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, sent); err != nil {
		d.t.Fatal(err)
	}
	text, err := io.ReadAll(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

func TestServer_answersWhatIsNotHTTP(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	for _, sent := range []string{"\x16\x03\x01\r\n\r\n", "GET /healthz HTTP/1.1\r\nbad\x00header\r\n\r\n", "GET\r\n\r\n"} {
		if got := d.raw(sent); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, `"code":"invalid"`) {
			t.Errorf("%q is answered with %q", sent, got)
		}
	}
}

func TestServer_givesUpOnSlowClients(t *testing.T) {
	d := newDesk(t, &shelf{}, func(o *Options) { o.Limits.ReadWait = 50 * time.Millisecond })
	auth := "Authorization: Bearer " + testToken + "\r\n"
	for name, sent := range map[string]string{
		"header":       "POST /v1/apps HTTP/1.1\r\n",
		"body":         "POST /v1/apps HTTP/1.1\r\nHost: a\r\n" + auth + "Content-Type: application/zip\r\nContent-Length: 20000\r\n\r\nPK",
		"chunked body": "POST /v1/apps HTTP/1.1\r\nHost: a\r\n" + auth + "Content-Type: application/zip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nPK\r\n",
		"long body":    "POST /v1/apps HTTP/1.1\r\nHost: a\r\n" + auth + "Content-Type: application/zip\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("x", 9000),
	} {
		if got := d.raw(sent); !strings.HasPrefix(got, "HTTP/1.1 4") || !strings.Contains(got, `"code":"invalid"`) {
			t.Errorf("a slow %s is answered with %q", name, got)
		}
	}
}

// A body that nobody read must not be taken for the next request.
func TestServer_neverReadsBodyAsRequest(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	smuggled := "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, size := range []int{0, 10, 9000, 50_000} {
		body := strings.Repeat(" ", size) + smuggled
		got := d.raw(fmt.Sprintf("POST /v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body), body) + "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if strings.Count(got, "HTTP/1.1 ") > 2 || !strings.HasPrefix(got, "HTTP/1.1 401 ") {
			t.Errorf("%d bytes before: %q", size, got)
		}
	}
}

func TestServer_finishesWhatIsUnderWay(t *testing.T) {
	apps := &shelf{gate: make(chan struct{}), entered: make(chan struct{}, 1)}
	d := newDesk(t, apps, nil)
	answered := make(chan int, 1)
	go func() {
		res, _ := d.upload(pack(t, manifestOf("greeter")))
		answered <- res.StatusCode
	}()
	<-apps.entered
	down := make(chan error, 1)
	go func() { down <- d.server.Shutdown(context.Background()) }()
	<-d.server.stop
	close(apps.gate)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the upload under way was answered %d", status)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestServer_cancelsWhatOutlivesShutdown(t *testing.T) {
	d := newDesk(t, &shelf{}, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "GET /v1/apps HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", testToken); err != nil {
		t.Fatal(err)
	}
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = d.server.Shutdown(ctx)
	if d.server.ctx.Err() == nil {
		t.Error("the calls under way were not cancelled")
	}
}

package admin

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestApps_haveALife(t *testing.T) {
	d := newLogDesk(t, nil) // version v1
	d.upload(pack(t, manifestOf("greeter"), packed{name: "a"}))
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/v1/apps", "", 200, `{"apps":[{"name":"greeter","flavour":"scf","version":"v2"`},
		{"GET", "/v1/apps/greeter", "", 200, `{"name":"greeter"`},
		{"GET", "/v1/apps/none", "", 404, `"not_found"`},
		{"GET", "/v1/apps/greeter/versions", "", 200, `{"versions":[{"app":"greeter","version":"v2"`},
		{"GET", "/v1/apps/none/versions", "", 404, `"not_found"`},
		{"GET", "/v1/apps/greeter/functions", "", 200, `{"functions":[{"name":"hello"`},
		{"GET", "/v1/apps/none/functions", "", 404, `"not_found"`},
		{"GET", "/v1/apps/greeter/routes", "", 200, `{"routes":[{"app":"greeter"`},
		{"GET", "/v1/apps/none/routes", "", 404, `"not_found"`},
		{"GET", "/v1/routes", "", 200, `{"routes":[{"app":"greeter"`},
		{"POST", "/v1/apps/greeter/rollback", "", 200, `"version":"v1","previous":"v2"`},
		{"POST", "/v1/apps/greeter/rollback", `{"version":"v2"}`, 200, `"version":"v2","previous":"v1"`},
		{"POST", "/v1/apps/greeter/rollback", `{"version":"v9"}`, 404, `"not_found"`},
		{"POST", "/v1/apps/greeter/rollback", `{"version":`, 400, `"invalid"`},
		{"POST", "/v1/apps/greeter/rollback", strings.Repeat(" ", 5000), 413, `"too_large"`},
		{"POST", "/v1/apps/greeter/functions/hello/invoke", `{"a":1}`, 200, `"reply":"{\"a\":1}"`},
		{"POST", "/v1/apps/greeter/functions/hello/invoke", "", 200, `"reply":"{}"`},
		{"POST", "/v1/apps/greeter/functions/hello/invoke", "{", 400, `"invalid"`},
		{"GET", "/v1/explain?method=GET&url=http%3A%2F%2Fa%2Fb%3Fc%3Dd", "", 200, `{"method":"GET","url":"http://a/b?c=d","found":false`},
		{"GET", "/v1/explain?url=/", "", 200, `{"method":"GET"`},
		{"GET", "/v1/explain", "", 400, `"invalid"`},
		{"GET", "/metrics", "", 200, "postern_calls_total 1\n"},
		{"GET", "/healthz", "", 200, `{"status":"ok","version":"test"}`},
		{"GET", "/readyz", "", 200, `{"status":"ok","version":"test"}`},
		{"GET", "/v1/openapi.json", "", 200, `"openapi": "3.`},
		{"DELETE", "/v1/apps/greeter", "", 204, ""},
		{"DELETE", "/v1/apps/greeter", "", 404, `"not_found"`},
		{"GET", "/v1/apps", "", 200, `{"apps":[]}`},
		{"GET", "/v1/routes", "", 200, `{"routes":[]}`},
	}
	for _, step := range steps {
		req := d.request(step.method, step.path, strings.NewReader(step.body))
		if step.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		res, text := d.do(req)
		if res.StatusCode != step.status || !strings.Contains(text, step.want) {
			t.Errorf("%s %s %s = %d %s, want %d with %s", step.method, step.path, step.body, res.StatusCode, text, step.status, step.want)
		}
	}
}

func TestInvoke_passesFaultsOn(t *testing.T) {
	apps := &shelf{}
	d := newDesk(t, apps, nil)
	for _, code := range []fault.Code{fault.Timeout, fault.RunLimit, fault.CPULimit, fault.MemoryLimit, fault.Killed, fault.Crashed, fault.Failed, fault.BadReply, fault.Busy, fault.NotFound} {
		apps.failWith(fault.New(code, "why"))
		res, text := d.ask("POST", "/v1/apps/a/functions/f/invoke")
		d.wantRefusal(res, text, statusOf(code), code)
	}
}

func TestReady_saysWhenNot(t *testing.T) {
	d := newDesk(t, &shelf{}, func(o *Options) { o.Ready = func() error { return errors.New("still compiling") } })
	res, text := d.ask("GET", "/readyz")
	d.wantRefusal(res, text, http.StatusServiceUnavailable, fault.Unavailable)
	if res, _ := d.ask("GET", "/healthz"); res.StatusCode != http.StatusOK {
		t.Errorf("/healthz = %d", res.StatusCode)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/deploy"
)

// manage asks the admin API.
func manage(t *testing.T, n *node, method, path, body string) answer {
	t.Helper()
	header := http.Header{"Authorization": {"Bearer " + n.token(t)}, "Content-Type": {"application/json"}}
	return ask(t, method, "http://"+n.adminAddr+path, header, strings.NewReader(body))
}

// pairOf is a manifest with two functions that answer with their context, and a
// mark that makes every version another.
func pairOf(mark int) string {
	return fmt.Sprintf(`[app]
name = "pair"

[[function]]
name = "one"
module = "f.wasm"
environment = { MARK = "%d" }

[[function]]
name = "two"
module = "f.wasm"
environment = { MARK = "%d" }

[[route]]
path = "/one"
function = "one"

[[route]]
path = "/two"
function = "two"
`, mark, mark)
}

// versionBehind returns the version of the app that answers a path.
func versionBehind(t *testing.T, n *node, path string) (string, error) {
	a, err := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+path, nil, nil)
	if err != nil {
		return "", err
	}
	if a.status != 200 {
		return "", fmt.Errorf("%d %s", a.status, a.body)
	}
	text := a.body
	if strings.HasPrefix(text, `"`) { // a reply that is not integrated is sent as a JSON string
		if err := json.Unmarshal([]byte(text), &text); err != nil {
			return "", err
		}
	}
	var context struct{ Version string }
	err = json.Unmarshal([]byte(text), &context)
	return context.Version, err
}

func TestSwap_neverShowsHalfAnApp(t *testing.T) {
	n := startTestNode(t, nil)
	deploys := 40
	if testing.Short() {
		deploys = 10
	}
	var known sync.Map // version -> its turn
	a := upload(t, n, zipOf(t, pairOf(0), abitest.EchoContext()))
	if a.status != 200 {
		t.Fatal(a.body)
	}
	known.Store(reportOf(t, a).Version, 0)
	var stop atomic.Bool
	var clients sync.WaitGroup
	var asked atomic.Int64
	for range 8 {
		clients.Go(func() {
			last := -1
			for i := 0; !stop.Load(); i++ {
				got, err := versionBehind(t, n, []string{"/one", "/two"}[i%2])
				if err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
				turn, ok := known.Load(got)
				if !ok {
					continue // its deploy is not acknowledged yet
				}
				if turn.(int) < last { // both functions switch at one moment
					t.Errorf("the answer of turn %d came after one of turn %d", turn, last)
					return
				}
				last = turn.(int)
			}
		})
	}
	for i := 1; i <= deploys; i++ {
		a := upload(t, n, zipOf(t, pairOf(i), abitest.EchoContext()))
		if a.status != 200 {
			t.Fatalf("deploy %d: %d %s", i, a.status, a.body)
		}
		want := reportOf(t, a).Version
		known.Store(want, i)
		for _, path := range []string{"/one", "/two"} {
			if got, err := versionBehind(t, n, path); got != want {
				t.Fatalf("after deploy %d %s answers as %s, %v", i, path, got, err)
			}
		}
	}
	stop.Store(true)
	clients.Wait()
	t.Logf("%d answers during %d deploys", asked.Load(), deploys)
}

func reportOf(t *testing.T, a answer) deploy.Report {
	t.Helper()
	var r deploy.Report
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return r
}

func TestSwap_rollsBackAndDeletesUnderLoad(t *testing.T) {
	n := startTestNode(t, nil)
	var versions []string
	for i := range 3 {
		versions = append(versions, reportOf(t, upload(t, n, zipOf(t, pairOf(i), abitest.EchoContext()))).Version)
	}
	var leaving, gone, stop atomic.Bool // the app may be gone, it is gone, the test is over
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !stop.Load() {
				late := gone.Load()
				a, err := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/one", nil, nil)
				switch {
				case err != nil:
					t.Error(err)
					return
				case a.status == 404 && !leaving.Load(), a.status == 200 && late, a.status != 200 && a.status != 404:
					t.Errorf("got %d %s, deleted: %v", a.status, a.body, late)
					return
				}
			}
		})
	}
	for i := range 20 {
		want := versions[i%2]
		a := manage(t, n, http.MethodPost, "/v1/apps/pair/rollback", `{"version":"`+want+`"}`)
		if a.status != 200 || reportOf(t, a).Version != want {
			t.Fatalf("rollback: %d %s", a.status, a.body)
		}
		if got, err := versionBehind(t, n, "/two"); got != want {
			t.Fatalf("after a rollback %s answers, want %s, %v", got, want, err)
		}
	}
	if a := manage(t, n, http.MethodPost, "/v1/apps/pair/rollback", `{"version":"ffffffffffff"}`); a.status != 404 {
		t.Errorf("rolling back to nothing gives %d %s", a.status, a.body)
	}
	leaving.Store(true)
	a := manage(t, n, http.MethodDelete, "/v1/apps/pair", "")
	gone.Store(true)
	get(t, n, "/one")
	stop.Store(true)
	clients.Wait()
	if a.status != 204 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	if a := get(t, n, "/one"); a.status != 404 {
		t.Errorf("after the deletion the answer is %d", a.status)
	}
	if a := manage(t, n, http.MethodDelete, "/v1/apps/pair", ""); a.status != 404 {
		t.Errorf("deleting it again gives %d", a.status)
	}
}

func TestSwap_letsCallsFinishOnTheirVersion(t *testing.T) {
	n := startTestNode(t, nil)
	module := abitest.SleepByAttempt(600 * 1e6) // nanoseconds
	mustDeploy(t, n, appOf("slow", ""), module)
	got := make(chan answer, 1)
	go func() {
		a, _ := try(t.Context(), http.MethodGet, "http://"+n.gatewayAddr+"/", nil, nil)
		got <- a
	}()
	for running := 0; running < 1; {
		running, _ = n.apps.Table().Load("slow", "f")
	}
	mustDeploy(t, n, appOf("slow", ""), abitest.Hello())
	if a := get(t, n, "/"); a.body != "hello world" {
		t.Errorf("the new version answers %d %q", a.status, a.body)
	}
	if a := <-got; a.status != 200 || a.body != "attempt 1" {
		t.Errorf("the call in flight got %d %q", a.status, a.body)
	}
}

func TestOperator_seesLogsMetricsAndRoutes(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("talker", ""), abitest.Print("a line of it"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.adminAddr+"/v1/apps/talker/logs?follow=true&tail=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+n.token(t))
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if got := stream.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Errorf("Content-Type = %q", got)
	}
	for range 3 {
		get(t, n, "/")
	}
	var seen bytes.Buffer
	for buf := make([]byte, 4096); strings.Count(seen.String(), "COMPLETED delivered=true") < 3; {
		k, err := stream.Body.Read(buf)
		seen.Write(buf[:k])
		if err != nil {
			t.Fatalf("the stream ends with %v after %s", err, &seen)
		}
	}
	if strings.Count(seen.String(), "a line of it") != 3 {
		t.Errorf("the stream lacks lines: %s", &seen)
	}
	metrics := manage(t, n, http.MethodGet, "/metrics", "")
	if metrics.status != 200 || !strings.Contains(metrics.body, `app="talker"`) {
		t.Errorf("metrics answer %d:\n%s", metrics.status, metrics.body)
	}
	explained := manage(t, n, http.MethodGet, "/v1/explain?method=GET&url=/x", "")
	var x deploy.Explanation
	if err := json.Unmarshal([]byte(explained.body), &x); err != nil || !x.Found || x.Function.Name != "f" || x.Route.Attempts != 3 {
		t.Errorf("explain answers %s, %v", explained.body, err)
	}
	invoked := manage(t, n, http.MethodPost, "/v1/apps/talker/functions/f/invoke", `{"a":1}`)
	if invoked.status != 200 || !strings.Contains(invoked.body, "hello world") {
		t.Errorf("invoke answers %d %s", invoked.status, invoked.body)
	}
}

func TestNode_forgetsTheLinesOfADeletedApp(t *testing.T) {
	n := startTestNode(t, nil)
	mustDeploy(t, n, appOf("talker", ""), abitest.Print("hello"))
	get(t, n, "/")
	if lines := n.journal.Recent("talker", "", 10); len(lines) == 0 {
		t.Fatal("nothing was printed")
	}
	if err := n.apps.Delete(t.Context(), "talker"); err != nil {
		t.Fatal(err)
	}
	if lines := n.journal.Recent("talker", "", 10); len(lines) != 0 {
		t.Errorf("%d lines are left", len(lines))
	}
}

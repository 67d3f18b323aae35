package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway/config"
)

// crowdOf is a manifest of so many functions of one module, each behind a path
// of its own.
func crowdOf(functions int) string {
	var b strings.Builder
	b.WriteString("[app]\nname = \"crowd\"\n")
	for i := range functions {
		fmt.Fprintf(&b, "\n[[function]]\nname = \"f%d\"\nmodule = \"f.wasm\"\n\n[[route]]\npath = \"/f%d\"\nfunction = \"f%d\"\nintegrated = true\n", i, i, i)
	}
	return b.String()
}

// restart starts a node on a data directory and returns how long it took until
// it listened.
func restart(t *testing.T, data string) (*node, time.Duration) {
	t.Helper()
	conf := config.Default()
	conf.Gateway.Listen, conf.Admin.Listen, conf.Data.Dir = "127.0.0.1:0", "127.0.0.1:0", data
	begun := time.Now()
	n, err := startNode(t.Context(), conf, serverLog{Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	return n, time.Since(begun)
}

// readyWithin is generous: the machine runs other tests beside this one.
const readyWithin = 3 * time.Second

func TestNode_isReadyAtOnceWithAThousandFunctions(t *testing.T) {
	data := t.TempDir()
	functions := 1000
	if testing.Short() {
		functions = 50
	}
	n, _ := restart(t, data)
	mustDeploy(t, n, crowdOf(functions), abitest.Hello())
	closeForGood(t, n)
	n, took := restart(t, data)
	defer closeForGood(t, n)
	if took > readyWithin {
		t.Errorf("ready after %v", took)
	}
	begun := time.Now()
	if a := get(t, n, fmt.Sprintf("/f%d", functions-1)); a.body != "hello world" {
		t.Errorf("got %d %q", a.status, a.body)
	}
	t.Logf("%d functions: ready after %v, the first call took %v", functions, took, time.Since(begun))
}

func TestNode_isReadyAtOnceWithAThousandApps(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a thousand deploys")
	}
	data := t.TempDir()
	n, _ := restart(t, data)
	begun := time.Now()
	for i := range 1000 {
		manifest := strings.Replace(appOf(fmt.Sprintf("app%d", i), ""), "[[function]]", fmt.Sprintf("prefix = \"/app%d\"\n[[function]]", i), 1)
		mustDeploy(t, n, manifest, abitest.Hello())
	}
	deployed := time.Since(begun)
	closeForGood(t, n)
	n, took := restart(t, data)
	defer closeForGood(t, n)
	if took > readyWithin {
		t.Errorf("ready after %v", took)
	}
	if got := len(n.apps.Apps()); got != 1000 {
		t.Errorf("%d apps are in service", got)
	}
	if a := get(t, n, "/app999/"); a.body != "hello world" {
		t.Errorf("got %d %q", a.status, a.body)
	}
	t.Logf("1000 deploys in %v, ready after %v", deployed, took)
}

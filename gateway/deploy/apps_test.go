package deploy_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/gateway"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/registry"
)

// openApps returns apps on an engine of their own, which may have so many
// instances at once.
func openApps(t *testing.T, instances int) *deploy.Apps {
	t.Helper()
	reg, err := registry.Open(t.Context(), registry.Default(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reg.Close() })
	ids := &runtime.IDs{}
	engine, err := runtime.Open(runtime.Options{
		Modules: reg.ReadModule, Journal: journal.New(journal.Default()), Meter: meter.New(), IDs: ids, Log: zerolog.Nop(),
		Compilers: 1, MaxModule: 1 << 20, MaxFunctions: 1000, MaxMemory: 64 << 20, Memory: 1 << 30,
		Instances: instances, Idle: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	apps, err := deploy.Open(t.Context(), deploy.Options{
		Registry: reg, Engine: engine, IDs: ids, Flavours: gateway.Flavours(), MaxModule: 1 << 20, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return apps
}

// crowdOf is a bundle of so many functions of one module, each with a route, and
// counts how often the module is read.
func crowdOf(functions int, module []byte, reads *atomic.Int64) *deploy.Bundle {
	var text strings.Builder
	text.WriteString("[app]\nname = \"crowd\"\n")
	for i := range functions {
		fmt.Fprintf(&text, "\n[[function]]\nname = \"f%d\"\nmodule = \"f.wasm\"\n\n[[route]]\npath = \"/f%d\"\nfunction = \"f%d\"\n", i, i, i)
	}
	manifest := []byte(text.String())
	return &deploy.Bundle{Files: map[string]deploy.File{
		deploy.ManifestFile: {
			Bytes: int64(len(manifest)),
			Open:  func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(manifest)), nil },
		},
		"f.wasm": {
			Bytes: int64(len(module)),
			Open: func() (io.ReadCloser, error) {
				reads.Add(1)
				return io.NopCloser(bytes.NewReader(module)), nil
			},
		},
	}}
}

func TestApps_deployMoreFunctionsThanThereMayBeInstances(t *testing.T) {
	functions := 1000
	if testing.Short() {
		functions = 200
	}
	apps := openApps(t, 2)
	var reads atomic.Int64
	report, err := apps.Deploy(t.Context(), crowdOf(functions, abitest.Hello(), &reads))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Functions) != functions || len(report.Routes) != functions {
		t.Errorf("%d functions and %d routes are in service, want %d", len(report.Functions), len(report.Routes), functions)
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("the module that all functions share was read %d times, want once", n)
	}
	for _, i := range []int{0, functions / 2, functions - 1} {
		if _, err := apps.Invoke(t.Context(), "crowd", fmt.Sprintf("f%d", i), []byte("{}")); err != nil {
			t.Errorf("function f%d: %v", i, err)
		}
	}
}

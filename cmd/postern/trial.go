package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/registry"
)

// triedModule is a module that a server would take, and what it is.
type triedModule struct {
	Function    string   `json:"function"`
	File        string   `json:"file"`
	Bytes       int64    `json:"bytes"`
	Kind        string   `json:"kind"` // "function" or "command"
	Toolchain   string   `json:"toolchain,omitempty"`
	Reset       string   `json:"reset"` // how memory is made clean
	Reason      string   `json:"reason,omitempty"`
	StartMemory uint64   `json:"startMemory"`         // bytes
	Proposals   []string `json:"proposals,omitempty"` // of WebAssembly, that it uses
	Imports     []string `json:"imports,omitempty"`   // with their types; the first of them
	Exports     []string `json:"exports,omitempty"`   // with their types; the first of them
}

// tryModules compiles and starts the modules of an app in an engine of their
// own, with the limits that a server has by default. All that is wrong comes
// at once; what shows without compiling comes without compiling.
func tryModules(ctx context.Context, app *builtApp) (tried []triedModule, err error) {
	if err := diagnoseModules(app); err != nil {
		return nil, err
	}
	limits := config.Default()
	machine := capsOf(&limits.Engine)
	engine, err := runtime.Open(runtime.Options{
		Modules:      func(_ context.Context, name string) ([]byte, error) { return readModule(app, name) },
		Journal:      journal.New(journal.Default()),
		Meter:        meter.New(),
		IDs:          &runtime.IDs{},
		Log:          zerolog.Nop(),
		Compilers:    compilers(limits.Engine.Compilers),
		MaxModule:    int64(limits.Admin.MaxModule),
		MaxFunctions: maxFunctions,
		MaxMemory:    machine.maxMemory,
		Memory:       machine.memory,
		Instances:    machine.instances,
		Idle:         limits.Engine.Idle,
		Code:         limits.Engine.Code,
		CodeIdle:     limits.Engine.CodeIdle,
	})
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	var wrong []error
	for i := range app.manifest.Functions {
		module, err := tryModule(ctx, engine, app, &app.manifest.Functions[i])
		wrong = append(wrong, err)
		tried = append(tried, module)
	}
	return tried, errors.Join(wrong...)
}

func diagnoseModules(app *builtApp) error {
	var wrong []error
	for i := range app.manifest.Functions {
		f := &app.manifest.Functions[i]
		module, err := readModule(app, f.ModuleFile())
		if err == nil {
			_, err = runtime.Diagnose(module, f.Memory)
		}
		if err != nil {
			wrong = append(wrong, deploy.OfFunction(f.Name, err))
		}
	}
	return errors.Join(wrong...)
}

func tryModule(ctx context.Context, engine *runtime.Engine, app *builtApp, f *config.Function) (triedModule, error) {
	name := f.ModuleFile()
	version := registry.Version{App: app.manifest.App.Name, Modules: map[string]string{f.Name: name}}
	loaded, err := engine.Load(ctx, deploy.Spec(version, f))
	if err != nil {
		return triedModule{}, deploy.OfFunction(f.Name, err)
	}
	defer loaded.Retire()
	d := loaded.Diagnose()
	return triedModule{
		Function: f.Name, File: app.files[name], Bytes: d.Bytes, Kind: d.Kind, Toolchain: d.Toolchain, Reset: d.Reset, Reason: d.Reason,
		StartMemory: d.StartMemory, Proposals: d.Proposals, Imports: d.Imports, Exports: d.Exports,
	}, nil
}

func readModule(app *builtApp, name string) ([]byte, error) {
	text, err := os.ReadFile(app.files[name])
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(fault.BadBundle, err, "the module %s is not there", name)
	}
	return text, err
}

package deploy

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/route"
	"github.com/postern-dev/postern/runtime"
)

// app is one version of one app. It is immutable once it is in a table.
type app struct {
	name      string
	version   string
	manifest  *config.Manifest
	flavour   *flavour.Flavour
	deployed  time.Time
	functions []*function // in the order of the manifest
	rules     []route.Rule[*Target]
}

// function is one function of the app; fn is set when it was given to the
// engine.
type function struct {
	spec  runtime.Spec
	fn    *runtime.Function
	rules []int // of the app, that lead to it
}

func (in *app) function(name string) *function {
	for _, f := range in.functions {
		if f.spec.Function == name {
			return f
		}
	}
	return nil
}

// add gives the functions to the engine without loading them.
func (in *app) add(e *runtime.Engine) {
	for _, f := range in.functions {
		f.fn = e.Add(f.spec)
	}
	in.connect()
}

// loaders is how many functions of a deploy are loaded at once: some for each
// core, as they wait for a compiler, and few enough that an app of thousands
// does not take every instance and descriptor of the server at the same time.
func loaders() int { return 4 * goruntime.GOMAXPROCS(0) }

// load has the engine compile and try every function. All complaints come at
// once, and then nothing stays loaded.
func (in *app) load(ctx context.Context, e *runtime.Engine) error {
	errs := make([]error, len(in.functions))
	var next atomic.Int64
	var loading sync.WaitGroup
	for range min(loaders(), len(in.functions)) {
		loading.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(in.functions); i = int(next.Add(1)) - 1 {
				f := in.functions[i]
				f.fn, errs[i] = e.Load(ctx, f.spec)
				errs[i] = OfFunction(f.spec.Function, errs[i])
			}
		})
	}
	loading.Wait()
	if err := errors.Join(errs...); err != nil {
		in.retire()
		return err
	}
	in.connect()
	return nil
}

// OfFunction says in the message of a fault which function it is about; nil
// stays nil.
func OfFunction(name string, err error) error {
	if err == nil {
		return nil
	}
	f := *fault.Of(err)
	if f.Code == fault.Internal {
		return fmt.Errorf("function %s: %w", name, err)
	}
	f.Message = "function " + name + ": " + f.Message
	return &f
}

// connect lets the rules lead to the functions.
func (in *app) connect() {
	for _, f := range in.functions {
		for _, i := range f.rules {
			in.rules[i].Target.Function = f.fn
		}
	}
}

// retire takes the functions that are loaded out of service.
func (in *app) retire() {
	for _, f := range in.functions {
		if f.fn != nil {
			f.fn.Retire()
		}
	}
}

// find returns the app in service called name.
func (a *Apps) find(name string) (*app, error) {
	if in := a.table.Load().apps[name]; in != nil {
		return in, nil
	}
	return nil, fault.New(fault.NotFound, "no app %q", name)
}

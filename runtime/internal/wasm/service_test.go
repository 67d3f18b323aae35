package wasm

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/service"
)

// desk is a small service with acts that a test needs.
type desk struct {
	callers []service.Caller
}

func (*desk) Name() string { return "desk" }

func (*desk) Check(caller service.Caller, op string) error {
	if op == "desk.secret" {
		return fault.New(fault.Denied, "not for %s", caller.Function)
	}
	return nil
}

func (d *desk) Call(ctx context.Context, caller service.Caller, op string, in []byte) ([]byte, error) {
	d.callers = append(d.callers, caller)
	switch op {
	case "desk.echo":
		return in, nil
	case "desk.nothing":
		return nil, nil
	case "desk.flood":
		return []byte(`"` + strings.Repeat("x", abi.MaxCallOut) + `"`), nil
	case "desk.break":
		return in[:len(in)+1], nil
	case "desk.hang":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return nil, fault.New(fault.NotFound, "no op %q", op)
}

func withDesk(t *testing.T, wasm []byte) (Spec, *desk) {
	t.Helper()
	d := &desk{}
	set, err := service.NewSet(d)
	if err != nil {
		t.Fatal(err)
	}
	spec := clean(wasm)
	spec.Services = set
	return spec, d
}

func TestInstance_callsServices(t *testing.T) {
	tests := map[string]struct{ op, in, want string }{
		"an answer":         {"desk.echo", `{"a":[1,2]}`, `{"ok":{"a":[1,2]}}`},
		"an empty answer":   {"desk.nothing", `{}`, `{"ok":null}`},
		"an unknown op":     {"desk.dance", `{}`, `{"error":{"code":"not_found","message":"no op \"desk.dance\""}}`},
		"no such service":   {"shop.buy", `{}`, `{"error":{"code":"not_found","message":"no service \"shop\""}}`},
		"a refusal":         {"desk.secret", `{}`, `{"error":{"code":"denied","message":"not for f"}}`},
		"a very long op":    {strings.Repeat("o", abi.MaxOp+1), `{}`, `{"error":{"code":"too_large","message":"the op has 129 bytes, the limit is 128"}}`},
		"an op of no bytes": {"", "", `{"error":{"code":"not_found","message":"no service \"\""}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			spec, d := withDesk(t, abitest.CallOp(test.op, test.in))
			caller := service.Caller{Function: "f", RequestID: "r"}
			got := call(t, newInstance(t, spec), Run{Caller: caller})
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("the answer is not JSON")
			}
			for _, c := range d.callers {
				if c != caller {
					t.Errorf("the service saw the caller %v", c)
				}
			}
		})
	}
}

func TestInstance_refusesAHugeAnswer(t *testing.T) {
	spec, _ := withDesk(t, abitest.CallOp("desk.flood", "{}"))
	got := call(t, newInstance(t, spec), Run{})
	if !strings.Contains(got, `"code":"too_large"`) {
		t.Fatalf("got %.100s", got)
	}
}

func TestInstance_endsAServiceCallWithTheRun(t *testing.T) {
	t.Run("run limit", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			spec, _ := withDesk(t, abitest.CallOp("desk.hang", "{}"))
			start := time.Now()
			_, err := newInstance(t, spec).Call(&Run{Deadline: start.Add(time.Minute)})
			wantFault(t, err, fault.RunLimit)
			if got := time.Since(start); got != time.Minute {
				t.Errorf("ended after %v", got)
			}
		})
	})
	t.Run("kill", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			spec, _ := withDesk(t, abitest.CallOp("desk.hang", "{}"))
			i := newInstance(t, spec)
			time.AfterFunc(time.Second, func() { i.Kill(nil) })
			start := time.Now()
			_, err := i.Call(&Run{})
			wantFault(t, err, fault.Killed)
			if got := time.Since(start); got != time.Second {
				t.Errorf("ended after %v", got)
			}
		})
	})
}

func TestInstance_blamesAServiceThatBreaks(t *testing.T) {
	spec, _ := withDesk(t, abitest.CallOp("desk.break", "{}"))
	_, err := newInstance(t, spec).Call(&Run{})
	f := wantFault(t, err, fault.Internal)
	if strings.Contains(f.Message, "range") {
		t.Fatalf("message = %q tells strangers about our insides", f.Message)
	}
}

func TestLoad_letsServicesRestWhileItPrimes(t *testing.T) {
	spec, d := withDesk(t, abitest.CallOp("desk.echo", "{}"))
	spec.Prime = []Sample{{Event: []byte("{}")}}
	i := newInstance(t, spec)
	if len(d.callers) != 0 {
		t.Fatalf("%d acts of a service while the module was prepared", len(d.callers))
	}
	if got := call(t, i, Run{}); got != `{"ok":{}}` {
		t.Fatalf("got %s", got)
	}
}

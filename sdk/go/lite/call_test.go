//go:build !wasip1

package lite

import (
	"errors"
	"testing"
)

func TestCall_bringsAnswersAndErrors(t *testing.T) {
	ServeOps(func(op string, in []byte) ([]byte, error) {
		switch op {
		case "test.echo":
			return in, nil
		case "test.missing":
			return nil, &Error{"not_found", `no "row"`}
		}
		return nil, errors.New("broken")
	})
	defer ServeOps(nil)
	if got, err := Call("test.echo", []byte(`{"a":[1]}`)); err != nil || string(got) != `{"a":[1]}` {
		t.Errorf("got %s, %v", got, err)
	}
	for op, want := range map[string]string{"test.missing": `not_found: no "row"`, "test.other": "internal: broken"} {
		_, err := Call(op, nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Error() != want {
			t.Errorf("%s: err = %v, want %s", op, err, want)
		}
	}
}

func TestCall_findsNoServicesWithoutARuntime(t *testing.T) {
	_, err := Call("records.get", nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != "not_found" {
		t.Fatalf("err = %v, want not_found", err)
	}
}

func TestRand_differsEachTime(t *testing.T) {
	if a, b := Rand().Uint64(), Rand().Uint64(); a == b {
		t.Fatalf("%d twice", a)
	}
}

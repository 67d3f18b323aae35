package fault_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestCodes_areAllDeclaredOnesInOrder(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []fault.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || fmt.Sprint(spec.Type) != "Code" {
			return true
		}
		for _, v := range spec.Values {
			declared = append(declared, fault.Code(strings.Trim(v.(*ast.BasicLit).Value, `"`)))
		}
		return true
	})
	if got := fault.Codes(); !slices.Equal(got, declared) || len(got) == 0 {
		t.Fatalf("Codes() = %v, declared are %v", got, declared)
	}
}

func TestCodes_areWordsAndDiffer(t *testing.T) {
	seen := map[fault.Code]bool{}
	for _, code := range fault.Codes() {
		if seen[code] || !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(string(code)) {
			t.Errorf("%q is no code, or one twice", code)
		}
		seen[code] = true
	}
}

func TestError_isComparedByItsCode(t *testing.T) {
	err := fmt.Errorf("read module: %w", fault.Wrap(fault.NotFound, io.EOF, "no module %s", "x"))
	if !errors.Is(err, fault.New(fault.NotFound, "other words")) {
		t.Error("a fault of the same code is another")
	}
	if errors.Is(err, fault.New(fault.Busy, "")) {
		t.Error("a fault of another code is the same")
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "read module: not_found: no module x: EOF"; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
}

func TestError_getsAHintWithoutChangingTheOriginal(t *testing.T) {
	plain := fault.New(fault.Busy, "full")
	hinted := plain.WithHint("try in %d s", 3)
	if plain.Hint != "" || hinted.Hint != "try in 3 s" || hinted.Message != "full" {
		t.Fatalf("plain = %+v, hinted = %+v", plain, hinted)
	}
}

func TestOf_findsOrMakesAFault(t *testing.T) {
	inner := fault.New(fault.Denied, "no")
	if got := fault.Of(fmt.Errorf("act: %w", inner)); got != inner {
		t.Errorf("Of = %v, want the fault inside", got)
	}
	if got := fault.Of(io.EOF); got.Code != fault.Internal || !errors.Is(got, io.EOF) || strings.Contains(got.Message, "EOF") {
		t.Errorf("Of(EOF) = %+v, want an internal fault that keeps its cause to itself", got)
	}
	if got := fault.Of(nil); got != nil {
		t.Errorf("Of(nil) = %v", got)
	}
	for want, err := range map[fault.Code]error{"": nil, fault.Internal: io.EOF, fault.Denied: inner} {
		if got := fault.CodeOf(err); got != want {
			t.Errorf("CodeOf(%v) = %q, want %q", err, got, want)
		}
	}
}

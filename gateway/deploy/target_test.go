package deploy

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/runtime"
)

// parts is a dialect that has texts and lists, of so many lines each.
type parts struct {
	dialect.Dialect
	text  string
	bytes []byte
	list  []part
	other map[string]string // is left out
}

type part struct{ name string }

func TestTarget_tracesWhatEveryRequestNeeds(t *testing.T) {
	const lines, bytes = 10, 10 * 64
	text := func() string { return strings.Repeat("x", bytes) }
	all := &Target{
		LogFields: text(),
		Dialect:   &parts{text: text(), bytes: []byte(text()), list: []part{{text()}, {text()}}, other: map[string]string{text(): text()}},
	}
	var trail runtime.Trail
	all.Trace(&trail)
	const texts = 5
	if n := trail.Lines(); n < texts*lines || n > texts*lines+15 {
		t.Errorf("%d lines, want %d of texts and few more", n, texts*lines)
	}
	trail = runtime.Trail{}
	(&Target{}).Trace(&trail)
	if n := trail.Lines(); n < 1 || n > 5 {
		t.Errorf("a target without anything has %d lines, want its own", n)
	}
}

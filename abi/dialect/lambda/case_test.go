package lambda

import (
	"testing"

	"github.com/postern-dev/postern/abi/dialect"
	"github.com/postern-dev/postern/abi/dialect/dialecttest"
	"github.com/postern-dev/postern/abi/fault"
)

func TestDialect_followsTheCaseFiles(t *testing.T) {
	dialecttest.Run(t, "testdata/*.case", New)
}

func TestNew_refusesUnknownFormats(t *testing.T) {
	if _, err := New(dialect.Route{Payload: "3.0"}); fault.CodeOf(err) != fault.BadManifest {
		t.Errorf("err = %v, want bad_manifest", err)
	}
}

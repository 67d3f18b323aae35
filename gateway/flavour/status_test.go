package flavour

import (
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestStatus_onlyInternalIs500(t *testing.T) {
	for _, code := range fault.Codes() {
		got := Status(code)
		if got < 400 || got > 599 {
			t.Errorf("Status(%s) = %d, want an error status", code, got)
		}
		if (got == 500) != (code == fault.Internal) {
			t.Errorf("Status(%s) = %d: every code but internal has a status of its own", code, got)
		}
	}
}

package gateway

import (
	"github.com/postern-dev/postern/gateway/flavour"
	"github.com/postern-dev/postern/gateway/flavour/lambda"
	"github.com/postern-dev/postern/gateway/flavour/scf"
)

// Flavours lists every flavour, the default first.
func Flavours() []flavour.Flavour {
	return []flavour.Flavour{
		scf.New(),
		lambda.New(),
	}
}

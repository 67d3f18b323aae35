package wire

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// AppendParams appends the elements of a JSON object, without its braces: each
// variable of the path once.
func AppendParams(dst []byte, params []abi.Param) []byte {
	n := 0
	for i := range params {
		if isRepeated(params, i) {
			continue
		}
		if n++; n > 1 {
			dst = append(dst, ',')
		}
		dst = abi.AppendString(dst, params[i].Name)
		dst = append(dst, ':')
		dst = jsontext.AppendString(dst, params[i].Value)
	}
	return dst
}

func isRepeated(params []abi.Param, i int) bool {
	for j := range i {
		if params[j].Name == params[i].Name {
			return true
		}
	}
	return false
}

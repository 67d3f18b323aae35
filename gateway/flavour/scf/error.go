package scf

import (
	"strconv"

	"github.com/postern-dev/postern/abi"
)

// functionError is the error object of a function that gave no answer (TC-50).
func functionError(req *abi.Request, message string, status int, trace string) []byte {
	b := append([]byte(nil), `{"errorCode":-1,"errorMessage":`...)
	b = abi.AppendString(b, message)
	b = append(b, `,"requestId":`...)
	b = abi.AppendString(b, req.ID)
	b = append(b, `,"stackTrace":`...)
	b = abi.AppendString(b, trace)
	b = append(b, `,"statusCode":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	return append(b, '}')
}

package admin

import (
	"net/http"

	"github.com/postern-dev/postern/abi/fault"
)

// statusOf gives every code the status that the admin API answers it with.
// 422 says that the upload was read and is not good enough.
func statusOf(code fault.Code) int {
	if status, ok := statuses()[code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

func statuses() map[fault.Code]int {
	return map[fault.Code]int{
		fault.Invalid:      http.StatusBadRequest,
		fault.Unauthorized: http.StatusUnauthorized,
		fault.Denied:       http.StatusForbidden,
		fault.NotFound:     http.StatusNotFound,
		fault.TooLarge:     http.StatusRequestEntityTooLarge,
		fault.Busy:         http.StatusServiceUnavailable,
		fault.Unavailable:  http.StatusServiceUnavailable,
		fault.Timeout:      http.StatusGatewayTimeout,
		fault.RunLimit:     http.StatusGatewayTimeout,
		fault.CPULimit:     http.StatusBadGateway,
		fault.MemoryLimit:  http.StatusBadGateway,
		fault.Killed:       http.StatusBadGateway,
		fault.Crashed:      http.StatusBadGateway,
		fault.Failed:       http.StatusBadGateway,
		fault.BadReply:     http.StatusBadGateway,
		fault.Conflict:     http.StatusConflict,
		fault.Internal:     http.StatusInternalServerError,

		fault.BadManifest:       http.StatusUnprocessableEntity,
		fault.BadBundle:         http.StatusUnprocessableEntity,
		fault.NotWasm:           http.StatusUnprocessableEntity,
		fault.Component:         http.StatusUnprocessableEntity,
		fault.BadModule:         http.StatusUnprocessableEntity,
		fault.Unsupported:       http.StatusUnprocessableEntity,
		fault.MissingExport:     http.StatusUnprocessableEntity,
		fault.WrongSignature:    http.StatusUnprocessableEntity,
		fault.UnknownImport:     http.StatusUnprocessableEntity,
		fault.ModuleTooLarge:    http.StatusRequestEntityTooLarge,
		fault.ModuleMemoryLimit: http.StatusUnprocessableEntity,
		fault.StartFailed:       http.StatusUnprocessableEntity,
		fault.DiskFull:          http.StatusInsufficientStorage,
	}
}

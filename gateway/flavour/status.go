package flavour

import "github.com/postern-dev/postern/abi/fault"

// Status returns the HTTP status of a code for flavours that have no other
// opinion, and for the admin API.
func Status(code fault.Code) int {
	switch code {
	case fault.Invalid, fault.BadBundle:
		return 400
	case fault.Unauthorized:
		return 401
	case fault.Denied:
		return 403
	case fault.NotFound:
		return 404
	case fault.Conflict:
		return 409
	case fault.TooLarge, fault.ModuleTooLarge:
		return 413
	case fault.BadManifest, fault.NotWasm, fault.Component, fault.BadModule, fault.Unsupported,
		fault.MissingExport, fault.WrongSignature, fault.UnknownImport, fault.ModuleMemoryLimit, fault.StartFailed:
		return 422
	case fault.Crashed, fault.Failed, fault.BadReply, fault.RunLimit, fault.CPULimit, fault.MemoryLimit, fault.Killed:
		return 502
	case fault.Busy, fault.Unavailable:
		return 503
	case fault.Timeout:
		return 504
	case fault.DiskFull:
		return 507
	}
	return 500
}

package admin

import (
	"io/fs"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// maxName bounds the path of a file in a bundle.
const maxName = 255

// checkName refuses a path that is not plainly inside the bundle on every
// operating system: absolute, with "..", a backslash, a drive letter or an
// unprintable character.
func checkName(name string) error {
	reason := ""
	switch {
	case name == "":
		reason = "is empty"
	case len(name) > maxName:
		reason = "is too long"
		name = name[:32] + "…"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '�' }):
		reason = "has an unprintable character"
	case strings.ContainsAny(name, `\:`):
		reason = "has a backslash or a colon"
	case !fs.ValidPath(name) || name == ".":
		reason = "leads out of the bundle or is not in its shortest form"
	default:
		return nil
	}
	return fault.New(fault.BadBundle, "the bundle has a file whose path %q %s", name, reason).
		WithHint("paths in a bundle are relative and use forward slashes")
}

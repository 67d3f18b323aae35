package route

import (
	"strconv"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// maxHost is the length of the longest name that DNS allows.
const maxHost = 253

// ParseHost checks the name of a host that an app claims and returns it as it
// is compared: in lower case, without a trailing dot. "*.example" claims every
// name below example. IPv6 addresses are written in brackets. An error is a
// fault.BadManifest.
func ParseHost(host string) (string, error) {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	rest := strings.TrimPrefix(name, "*.")
	if strings.HasPrefix(rest, "[") && rest == name {
		if !strings.HasSuffix(rest, "]") || strings.Trim(rest, "[]0123456789abcdef:.") != "" || len(rest) < 4 {
			return "", fault.New(fault.BadManifest, "host %s is not an address in brackets", quote(host))
		}
		return name, nil
	}
	if strings.Contains(rest, ":") {
		return "", fault.New(fault.BadManifest, "host %s: leave out the port, hosts are compared without it", quote(host))
	}
	if len(name) > maxHost || rest == "" {
		return "", fault.New(fault.BadManifest, "host %s must have 1 to %d characters", quote(host), maxHost)
	}
	for label := range strings.SplitSeq(rest, ".") {
		if !validLabel(label) {
			return "", fault.New(fault.BadManifest,
				"host %s: its parts are 1 to 63 letters, digits, '-' or '_'; other names in their xn-- form", quote(host))
		}
	}
	return name, nil
}

func validLabel(label string) bool {
	for i := range len(label) {
		if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(label) >= 1 && len(label) <= 63
}

// ParsePrefix checks the path prefix that an app claims and returns it as it is
// compared: canonical, whole segments, without a slash at the end. An error is
// a fault.BadManifest.
func ParsePrefix(prefix string) (string, error) {
	if err := checkSize(prefix, prefix); err != nil {
		return "", err
	}
	out, err := canonical(prefix, prefix)
	if err != nil {
		return "", err
	}
	out = strings.TrimSuffix(out, "/")
	if err := checkPrefix(prefix, out); err != nil {
		return "", err
	}
	return out, nil
}

// checkPrefix makes sure that prefix, which is canonical, has the shape that
// ParsePrefix returns. A canonical path is not parsed a second time: it may hold
// what a path that is sent may not, such as a space.
func checkPrefix(text, prefix string) error {
	if !strings.HasPrefix(prefix, "/") || strings.Contains(prefix, "//") || strings.HasSuffix(prefix, "/") {
		return bad(text, "a prefix is one or more segments, none of them empty; leave it out to serve every path")
	}
	return nil
}

// appendHost appends the Host header as hosts are compared: without port and
// trailing dot, in lower case.
func appendHost(dst, host []byte) []byte {
	start := len(dst)
	for i, c := range host {
		if c == ':' && (host[0] != '[' || host[i-1] == ']') {
			break
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	if end := len(dst) - 1; end >= start && dst[end] == '.' {
		dst = dst[:end]
	}
	return dst
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func quote(s string) string {
	if len(s) > 128 {
		s = s[:128] + "..."
	}
	return strconv.Quote(s)
}

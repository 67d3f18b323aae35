package dialecttest

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/postern-dev/postern/abi"
)

// formatResponse returns res as case files write it, without a newline at its
// end.
func formatResponse(res *abi.Response) []byte {
	out := fmt.Appendf(nil, "%d", res.Status)
	for _, f := range res.Header {
		out = append(out, '\n')
		out = appendEscaped(out, f.Name)
		out = append(out, ':')
		if len(f.Value) > 0 {
			out = appendEscaped(append(out, ' '), f.Value)
		}
	}
	if len(res.Body) > 0 {
		out = append(out, "\n\n"...)
		out = appendEscaped(out, res.Body)
	}
	return out
}

// appendEscaped writes what a text file can't show as \xNN: control characters,
// bytes that are not UTF-8, and a newline at the end.
func appendEscaped(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		ends := r == '\n' && i+n == len(b)
		escape := b[i] == '\\' && i+1 < len(b) && b[i+1] == 'x'
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\n' && r != '\t' || r == 0x7F || ends || escape {
			dst = fmt.Appendf(dst, `\x%02x`, b[i])
			i++
			continue
		}
		dst = append(dst, b[i:i+n]...)
		i += n
	}
	return dst
}

// CheckResponse complains of a response that can't be sent: a status of other
// than three digits, a header field that would break the header.
func CheckResponse(tb testing.TB, res *abi.Response) {
	tb.Helper()
	if res.Status < 200 || res.Status > 999 {
		tb.Errorf("status = %d", res.Status)
	}
	types := 0
	for _, f := range res.Header {
		if len(f.Name) == 0 || strings.ContainsFunc(string(f.Name), notOfToken) {
			tb.Errorf("header name %q", f.Name)
		}
		for _, c := range f.Value {
			if c < ' ' && c != '\t' || c == 0x7F {
				tb.Errorf("header value %q", f.Value)
			}
		}
		if strings.EqualFold(string(f.Name), "content-type") {
			types++
		}
	}
	if types != 1 {
		tb.Errorf("%d content types", types)
	}
}

func notOfToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

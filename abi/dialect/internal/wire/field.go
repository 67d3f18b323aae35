package wire

import (
	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Case is how the letters of header names are written in an event.
type Case uint8

// Cases of header names.
const (
	AsSent    Case = iota
	Lower          // content-type
	Canonical      // Content-Type
)

// Fields is the header of a request, grouped by name whatever its case. A field
// whose name is not a token is no header field and belongs to no group.
type Fields struct {
	Header []abi.Field
	Links  []Link
}

// NewFields groups header with links, which is empty room.
func NewFields(header []abi.Field, links []Link) Fields {
	f := Fields{Header: header, Links: group(links, &list{header: header})}
	for i := range f.Links {
		if f.Links[i].First && !IsToken(header[i].Name) {
			f.Links[i].First = false
		}
	}
	return f
}

// Find returns the index of the first field called name, -1 when there is none.
func (f *Fields) Find(name string) int {
	for i := range f.Header {
		if f.Links[i].First && abi.EqualFold(f.Header[i].Name, name) {
			return i
		}
	}
	return -1
}

// AppendJoined appends the values of the group that field i leads as one JSON
// string, with separator, which has one or two characters, between them.
func (f *Fields) AppendJoined(dst []byte, i int, separator string) []byte {
	dst = jsontext.AppendString(dst, f.Header[i].Value)
	for n := f.Links[i].Next; n != 0; n = f.Links[n].Next {
		dst = AppendJoined(dst, f.Header[n].Value, separator)
	}
	return dst
}

// AppendJoined appends value to the JSON string that dst ends with, behind
// separator, which has one or two characters.
func AppendJoined(dst, value []byte, separator string) []byte {
	// The closing quote makes room for the separator's first character and the
	// opening quote of value for its last.
	dst = append(dst[:len(dst)-1], separator[:len(separator)-1]...)
	at := len(dst)
	dst = jsontext.AppendString(dst, value)
	dst[at] = separator[len(separator)-1]
	return dst
}

// AppendName appends the name of a header field, which is a token, to dst as a
// JSON string.
func AppendName[S ~string | ~[]byte](dst []byte, name S, c Case) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, name...)
	switch tail := dst[start:]; c {
	case Lower:
		for i, b := range tail {
			tail[i] = lower(b)
		}
	case Canonical:
		first := true
		for i, b := range tail {
			if b = lower(b); first && 'a' <= b && b <= 'z' {
				b -= 'a' - 'A'
			}
			tail[i] = b
			first = b == '-'
		}
	}
	return append(dst, '"')
}

func sameName(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IsToken reports whether name can be the name of a header field.
func IsToken(name []byte) bool {
	for _, c := range name {
		if !isTokenByte(c) {
			return false
		}
	}
	return len(name) > 0
}

func isTokenByte(c byte) bool {
	set := uint64(tokensLow)
	if c >= 64 {
		set = tokensHigh
	}
	return c < 128 && set>>(c&63)&1 == 1
}

// The characters of a token (RFC 9110, section 5.6.2), a bit for each: letters,
// digits and !#$%&'*+-.^_`|~ .
const (
	tokensLow  = 0x03FF6CFA00000000 // 0 to 63
	tokensHigh = 0x57FFFFFFC7FFFFFE // 64 to 127
)

// IsFieldValue reports whether value can stand in a header: nothing in it may
// end the line or the header. Of the control characters only the tab may.
func IsFieldValue(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

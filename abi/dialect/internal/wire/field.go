package wire

import (
	"encoding/binary"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/internal/jsontext"
)

// Fields is the header of a request, grouped by name whatever its case. A field
// whose name is not a token is no header field and belongs to no group.
type Fields struct {
	Header []abi.Field
	Links  []Link
}

// NewFields groups header with links, which is empty room.
func NewFields(header []abi.Field, links []Link) Fields {
	if len(header) > Room {
		links = groupMany(links, &list{header: header})
		for i := range links {
			links[i].First = links[i].First && IsToken(header[i].Name)
		}
		return Fields{Header: header, Links: links}
	}
	return Fields{Header: header, Links: groupFields(links, header)}
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

// IsFieldValue reports whether value can stand in a header: nothing in it may
// end the line or the header. Of the control characters only the tab may.
func IsFieldValue(value []byte) bool {
	for len(value) >= 8 && !hasControl(binary.LittleEndian.Uint64(value)) {
		value = value[8:]
	}
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// hasControl reports whether one of the eight bytes of w is a control character.
func hasControl(w uint64) bool {
	deleted := w ^ 0x7F*ones
	return ((w-' '*ones)&^w|(deleted-ones)&^deleted)&highs != 0
}

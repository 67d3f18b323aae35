package abi

import "time"

// Version is the version of the ABI that this package describes.
const Version = 1

// Names of a function's exports.
const (
	ExportMemory     = "memory"
	ExportVersion    = "postern_abi_1"
	ExportAlloc      = "postern_alloc"
	ExportHandle     = "postern_handle"
	ExportInitialize = "_initialize"
	ExportRestored   = "postern_restored"
	ExportStart      = "_start" // of a WASI command
)

// Names of the module and of the functions that a function may import from it.
const (
	ImportModule = "postern"
	ImportCall   = "call"
	ImportLog    = "log"
	ImportFail   = "fail"
)

// ImportWASI is the name of the other module that a function may import from.
const ImportWASI = "wasi_snapshot_preview1"

// Field is one header field. Name and Value are owned by whoever holds the
// Request or Response that carries it.
type Field struct {
	Name, Value []byte
}

// Param is a variable of the route's path with the value it took, decoded.
type Param struct {
	Name  string
	Value []byte
}

// Request is one HTTP request as the gateway hands it on: checked, and owning
// all of its bytes, because a late run outlives the connection that it came
// from. It is read-only once it left the gateway and may be read concurrently.
type Request struct {
	ID       string    // 32 hex digits unless the client sent its own X-Request-Id
	Method   []byte    // as sent, for instance "GET"
	Scheme   string    // "http" or "https"
	Host     []byte    // the Host header as sent, port included
	RawPath  []byte    // as sent, without the app's prefix; begins with '/'
	Path     []byte    // canonical: all but %2F and %25 decoded; begins with '/'
	Query    []byte    // raw, without '?'
	Header   []Field   // in the order of arrival, names as sent
	Body     []byte    // nil when the request has none
	ClientIP string    // the peer's address, without port
	Received time.Time // when the request was read

	Params   []Param  // the route's variables, in the order of its path
	Identity Identity // who was admitted; zero for anybody
}

// Identity is what admission learned of the caller.
type Identity struct {
	SecretID string // the id of the key pair that signed the request
}

// FindHeader returns the value of the first header field called name,
// whatever its case, and whether there is one.
func (r *Request) FindHeader(name string) ([]byte, bool) {
	for i := range r.Header {
		if EqualFold(r.Header[i].Name, name) {
			return r.Header[i].Value, true
		}
	}
	return nil, false
}

// EqualFold reports whether name equals want when ASCII case is ignored.
func EqualFold(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range name {
		if lower(name[i]) != lower(want[i]) {
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

// Response is what a dialect makes of a reply. Its slices point into the reply
// or into Scratch and are valid until either changes.
type Response struct {
	Status  int     // 100 to 999
	Header  []Field // in order; a name may appear more than once
	Body    []byte
	Scratch []byte // room for what had to be decoded; kept between uses
}

// Reset empties the response and keeps its room.
func (r *Response) Reset() {
	r.Status = 0
	r.Header = r.Header[:0]
	r.Body = nil
	r.Scratch = r.Scratch[:0]
}

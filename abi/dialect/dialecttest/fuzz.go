package dialecttest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
)

// FuzzEvent fuzzes AppendEvent of the dialects of all routes with requests of any
// bytes. Its seeds are the requests of the case files that match glob.
func FuzzEvent(f *testing.F, glob string, dialects ...dialect.Dialect) {
	for _, c := range Cases(f, glob) {
		if r := c.Request; r != nil {
			f.Add(r.Method, r.RawPath, r.Query, headerBlock(r.Header), r.Host, r.Body)
		}
	}
	f.Add([]byte("\xff"), []byte("/\x00\""), []byte("a=%ff&a=%fe&%ff=1&%fe=2&%zz&+&=&a"), []byte("A: 1\na: 2\n\xff: 3\ncookie: a\nCookie: b\nx-qualifier: x"), []byte("h\x80"), []byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, method, path, query, header, host, body []byte) {
		req := NewRequest(method, path, query, header, host, body)
		for _, d := range dialects {
			if err := checkEvent(d, req); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func checkEvent(d dialect.Dialect, req *abi.Request) error {
	const before = "before"
	event, err := d.AppendEvent([]byte(before), req)
	if err != nil {
		return err
	}
	event, ok := bytes.CutPrefix(event, []byte(before))
	if !ok {
		return fmt.Errorf("what was in the buffer is not there any more")
	}
	if err := CheckJSON(event); err != nil {
		return fmt.Errorf("%w: %s", err, event)
	}
	roomy, err := d.AppendEvent(make([]byte, 0, 4*len(event)+1024), req)
	if err != nil || !bytes.Equal(roomy, event) {
		return fmt.Errorf("with room the event is %s, without %s (%v)", roomy, event, err)
	}
	return nil
}

// NewRequest returns a request of any bytes. header has a field a line, name and
// value parted by a colon.
func NewRequest(method, path, query, header, host, body []byte) *abi.Request {
	req := &abi.Request{
		ID:       "00112233445566778899aabbccddeeff",
		Method:   method,
		Scheme:   "http",
		Host:     host,
		RawPath:  path,
		Path:     path,
		Query:    query,
		Body:     body,
		ClientIP: "192.0.2.1",
		Received: time.UnixMilli(1_583_348_638_390),
		Params:   []abi.Param{{Name: "name", Value: path}, {Name: "name", Value: query}, {Name: "other", Value: host}},
	}
	for line := range bytes.SplitSeq(header, []byte("\n")) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			req.Header = append(req.Header, abi.Field{Name: name, Value: bytes.TrimSpace(value)})
		}
	}
	return req
}

func headerBlock(header []abi.Field) []byte {
	var out []byte
	for _, f := range header {
		out = fmt.Appendf(out, "%s: %s\n", f.Name, f.Value)
	}
	return out
}

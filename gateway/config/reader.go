package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/abi/fault"
)

// MaxText is the size in bytes of the largest file that is read.
const MaxText = 16 << 20

// reader collects the complaints about one file.
type reader struct {
	text  string
	lines map[string]int // made when the first line is asked for
	known map[string]bool
	Complaints
}

// open parses the file and returns its top table.
func open(file string, code fault.Code, text []byte) (*reader, *table) {
	r := &reader{text: string(text), known: map[string]bool{}, Complaints: Complaints{File: file, code: code}}
	values := map[string]any{}
	if len(text) > MaxText {
		r.add(1, "", "the file has %d bytes, at most %d are read", len(text), MaxText)
	} else if line := nestsTooDeep(r.text); line > 0 {
		r.add(line, "", "more than %d levels of tables, arrays or dotted keys", maxDepth)
	} else if _, err := toml.Decode(r.text, &values); err != nil {
		line, message := 1, err.Error()
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			line, message = max(p.Position.Line, 1), parseMessage(p)
		}
		r.add(line, "", "%s", message)
		values = map[string]any{}
	}
	return r, r.table("", values)
}

// parseMessage returns the text of p without the line, which stands elsewhere.
func parseMessage(p toml.ParseError) string {
	message := p.Message
	if message == "" {
		message = p.Error()
		if _, rest, ok := strings.Cut(message, ": "); ok && strings.HasPrefix(message, "toml: line") {
			message = rest
		}
	}
	return "not TOML: " + message
}

// err returns the complaints, or nil when there are none.
func (r *reader) err() error {
	if len(r.List) == 0 {
		return nil
	}
	r.sort()
	return &r.Complaints
}

func (r *reader) add(line int, key, format string, args ...any) {
	r.List = append(r.List, Complaint{line, key, fmt.Sprintf(format, args...)})
}

// complain adds a complaint about key, at its line or that of the nearest table
// around it.
func (r *reader) complain(key, format string, args ...any) {
	if r.lines == nil {
		r.lines = findLines(r.text)
	}
	r.add(r.line(key), key, format, args...)
}

func (r *reader) line(key string) int {
	for key != "" {
		if line, ok := r.lines[key]; ok {
			return line
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 1
}

func (r *reader) table(key string, values map[string]any) *table {
	return &table{r: r, key: key, values: values, asked: map[string]bool{}}
}

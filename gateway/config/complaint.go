package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// maxTold is the number of complaints that a message spells out.
const maxTold = 100

// Complaint is one thing that is wrong in a file.
type Complaint struct {
	Line    int    // counts from 1
	Key     string // "function[0].memory"; empty when the file can't be parsed
	Message string
}

// Complaints is all that is wrong in a file, in the order of its lines. As an
// error it wraps a *fault.Error with the same text: BadManifest for a manifest,
// Invalid for a server's configuration.
type Complaints struct {
	File string // name of the file, as it starts each line of the text
	List []Complaint
	code fault.Code
}

// Error tells the complaints, one a line: "postern.toml:12: key: message".
func (c *Complaints) Error() string {
	var b strings.Builder
	for i, one := range c.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxTold {
			fmt.Fprintf(&b, "%s: %d more complaints", c.File, len(c.List)-i)
			break
		}
		fmt.Fprintf(&b, "%s:%d: ", c.File, one.Line)
		if one.Key != "" {
			b.WriteString(one.Key + ": ")
		}
		b.WriteString(one.Message)
	}
	return b.String()
}

// Unwrap returns the complaints as one fault.
func (c *Complaints) Unwrap() error { return fault.New(c.code, "%s", c.Error()) }

func (c *Complaints) sort() {
	slices.SortStableFunc(c.List, func(a, b Complaint) int { return a.Line - b.Line })
}

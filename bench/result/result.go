// Package result is what a session of measuring leaves: runs, comparisons and
// ladders with the machine and the versions that they belong to. It measures
// nothing and draws nothing.
package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/bench/load"
)

// Session is everything that one command measured.
type Session struct {
	Title   string    `json:"title"`
	Started time.Time `json:"started"`
	Commit  string    `json:"commit"` // with "+" when there were changes on top of it; "" when it is not known
	Machine Machine   `json:"machine"`
	Notes   []string  `json:"notes,omitempty"` // what a reader must know: targets left out, and why

	Runs    []Run        `json:"runs,omitempty"`    // one load on one target
	Ladder  *load.Ladder `json:"ladder,omitempty"`  // a climb to the highest rate
	Compare *Comparison  `json:"compare,omitempty"` // targets in alternation
	Cells   []Cell       `json:"cells,omitempty"`   // a preset: the same load at several sizes
	Calls   []Call       `json:"calls,omitempty"`   // cold, first and warm calls
	Steps   []Step       `json:"steps,omitempty"`   // where a call's time goes, by the server's own account
}

// Run is one load on one target.
type Run struct {
	Target  string       `json:"target"`
	Version string       `json:"version,omitempty"` // of the target's program
	Load    *load.Result `json:"load"`
}

// Cell is one size of a preset.
type Cell struct {
	Axis       string  `json:"axis"` // what is varied
	Size       int     `json:"size"`
	Asks       string  `json:"asks,omitempty"` // which of what grows: "one", "all" alike, or "zipf": few of them mostly
	Deploy     float64 `json:"deploy_seconds,omitempty"`
	Memory     int64   `json:"memory_bytes,omitempty"` // of the server, after the run
	Throughput float64 `json:"throughput"`
	Ratio      *Spread `json:"ratio,omitempty"`      // of the throughput to that of a server with one, in alternation
	First      float64 `json:"first_call,omitempty"` // median of the first calls of functions after a start
	P50        float64 `json:"p50"`                  // microseconds, as all latencies
	P99        float64 `json:"p99"`
	Failed     int64   `json:"failed,omitempty"`
	Why        string  `json:"why,omitempty"` // the first failure
}

// Call is how long calls of one kind took, in microseconds.
type Call struct {
	Kind   string  `json:"kind"`
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Step is one part of a call's life, as the server's own histograms have it.
type Step struct {
	Name  string  `json:"name"`
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"` // microseconds
}

// Good reports whether no run had a wrong answer.
func (s *Session) Good() bool { return s.Problem() == "" }

// Problem describes the first failures; "" when there were none.
func (s *Session) Problem() string {
	var b strings.Builder
	say := func(target string, r *load.Result) {
		if r.Good() {
			return
		}
		fmt.Fprintf(&b, "%s: %d answers were wrong, %d requests were given up, %d were right\n", target, r.Failed, r.Unsent, r.Answered)
		for _, f := range r.Failures {
			fmt.Fprintf(&b, "  at %.3f s, %s: %s\n", f.Second, f.Request, f.Problem)
		}
	}
	for i := range s.Runs {
		say(s.Runs[i].Target, s.Runs[i].Load)
	}
	if s.Compare != nil {
		for _, t := range s.Compare.Targets {
			for _, r := range t.Rounds {
				say(t.Name, r)
			}
		}
	}
	for _, c := range s.Cells {
		if c.Failed > 0 || c.Why != "" {
			fmt.Fprintf(&b, "%s %d: %d answers were wrong: %s\n", c.Axis, c.Size, c.Failed, c.Why)
		}
	}
	return strings.TrimSpace(b.String())
}

// Write writes the session as JSON to a file.
func (s *Session) Write(file string) error { return s.write(file, os.O_TRUNC) }

// write opens the file with one more flag.
func (s *Session) write(file string, flag int) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

// Read reads what Write wrote.
func Read(file string) (*Session, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &Session{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("read result %s: %w", file, err)
	}
	return s, nil
}

// Keep writes the session below dir: a folder for the machine, in it a file for
// the commit and the title. A file that is there stays; the new one has a number
// at its end. The rounds' curves and timelines are left out; what is kept for
// years are the figures. It returns the file's name.
func (s *Session) Keep(dir string) (string, error) {
	slim := *s
	slim.Runs = slices.Clone(s.Runs)
	for i := range slim.Runs {
		slim.Runs[i].Load = withoutCurves(slim.Runs[i].Load)
	}
	if s.Compare != nil {
		c := *s.Compare
		c.Targets = slices.Clone(c.Targets)
		for i := range c.Targets {
			c.Targets[i].Rounds = slices.Clone(c.Targets[i].Rounds)
			for j := range c.Targets[i].Rounds {
				c.Targets[i].Rounds[j] = withoutCurves(c.Targets[i].Rounds[j])
			}
		}
		slim.Compare = &c
	}
	commit := "unknown"
	if s.Commit != "" {
		commit = s.Commit[:min(len(s.Commit), 12)]
		if strings.HasSuffix(s.Commit, "+") {
			commit += "+"
		}
	}
	folder := filepath.Join(dir, slug(s.Machine.Name()))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(folder, commit+"-"+slug(s.Title))
	file := name + ".json"
	for n := 2; ; n++ {
		if err := slim.write(file, os.O_EXCL); !errors.Is(err, fs.ErrExist) {
			return file, err
		}
		file = fmt.Sprintf("%s-%d.json", name, n)
	}
}

func withoutCurves(r *load.Result) *load.Result {
	if r == nil {
		return nil
	}
	c := *r
	c.Curve, c.Timeline = nil, nil
	return &c
}

// maxSlug is how much of a text a file's name has: some systems allow 255 bytes
// for a name, and 260 for a path.
const maxSlug = 80

// slug is a text as a part of a file's name. What is cut off leaves its mark, so
// that texts that differ there have names that differ.
func slug(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if len(name) <= maxSlug {
		return name
	}
	mark := fmt.Sprintf("-%08x", crc32.ChecksumIEEE([]byte(text)))
	return strings.TrimRight(name[:maxSlug-len(mark)], "-") + mark
}

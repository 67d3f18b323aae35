package main

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far something is; elsewhere it shows
// nothing.
type progress struct {
	w   io.Writer
	bar *progressbar.ProgressBar // nil when w is no terminal

	mu      sync.Mutex
	waiting *progress // what follows an upload
	ended   bool
}

// startWait shows that something of unknown length is under way.
func startWait(w io.Writer, what string) *progress {
	p := &progress{w: w}
	if isTerminal(w) {
		p.bar = progressbar.NewOptions(-1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription(what),
			progressbar.OptionSpinnerType(14),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// startUpload shows how much of bytes has been sent, and once all of it was,
// that the server compiles.
func startUpload(w io.Writer, bytes int64) *progress {
	p := &progress{w: w}
	if isTerminal(w) {
		p.bar = progressbar.NewOptions64(bytes,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription("upload"),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(65*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader {
	if p.bar == nil {
		return r
	}
	return &countedReader{r: r, p: p}
}

// sent shows that all is sent and the server's turn has come.
func (p *progress) sent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil && !p.ended {
		_ = p.bar.Finish()
		p.waiting = startWait(p.w, "the server compiles and tries the modules")
	}
}

// end takes the bar off the terminal.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.waiting != nil {
		p.waiting.end()
	} else if p.bar != nil {
		_ = p.bar.Finish() // a terminal that is gone needs no bar
	}
}

type countedReader struct {
	r io.Reader
	p *progress
}

// Read reads and moves the bar.
func (c *countedReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	_ = c.p.bar.Add(n)
	if err != nil {
		c.p.sent()
	}
	return n, err
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/postern-dev/postern/bench/load"
)

// benchProgress shows what is being measured and how far that is, when the
// figures go to a terminal; elsewhere it shows nothing.
type benchProgress struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar // nil when nobody looks, or it has ended
	doing string
}

// steps of the bar.
const progressSteps = 1000

func startBenchProgress(out, say io.Writer) *benchProgress {
	p := &benchProgress{}
	if isTerminal(out) && isTerminal(say) {
		p.bar = progressbar.NewOptions(progressSteps,
			progressbar.OptionSetWriter(say),
			progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionThrottle(65*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// say shows what begins.
func (p *benchProgress) say(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = what
	if p.bar != nil {
		p.bar.Describe(what)
		_ = p.bar.Set(0)
	}
}

// tell shows how far it is.
func (p *benchProgress) tell(far load.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%s, %d answers", p.doing, far.Answered))
		_ = p.bar.Set(min(int(far.Share*progressSteps), progressSteps-1))
	}
}

// end takes the bar off the terminal. It may be called more than once.
func (p *benchProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish() // a terminal that is gone needs no bar
		p.bar = nil
	}
}

// writeJSONLine writes value on one line.
func writeJSONLine(w io.Writer, value any) error {
	return json.NewEncoder(w).Encode(value)
}

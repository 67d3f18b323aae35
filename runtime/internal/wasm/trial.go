package wasm

import (
	"bytes"
	crand "crypto/rand"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// Bounds of preparing a module.
const (
	startLimit = 20 * time.Second       // of the start function and _initialize
	primeCalls = 50                     // over all samples
	primeLimit = 250 * time.Millisecond // of all these calls
	noteBytes  = 4 << 10                // of output kept for a diagnosis
)

// trial is how a module meets the world while it is prepared: services rest,
// output is kept for a diagnosis, and each sample call sees the same wall clock
// and the same random bytes. So a sample that is answered differently the
// second time was answered from what the first left in memory.
//
// Made-up requests meet a stricter one: all clocks stand, and a call that uses a
// service or waits is ended.
type trial struct {
	now     time.Time
	since   int64    // what the monotonic clock shows when strict
	seed    [32]byte // secret: what a function draws from it may be a key
	random  *rand.ChaCha8
	output  []byte
	strict  bool
	conduct conduct // of the call under way
}

// conduct is what a call does beside its reply.
type conduct struct {
	readings int    // of the wall clock
	random   int    // bytes drawn
	lines    int    // printed and logged
	printed  uint64 // their hash
	fuel     int64  // spent
}

func newTrial() *trial {
	t := &trial{}
	crand.Read(t.seed[:])
	t.rewind()
	return t
}

// guessing makes the trial strict, with clocks that are so far ahead.
func (t *trial) guessing(ahead time.Duration) *trial {
	t.strict, t.now, t.since = true, time.Now().Add(ahead), int64(ahead)
	return t
}

// rewind begins another sample call.
func (t *trial) rewind() {
	t.conduct = conduct{}
	if t.now.IsZero() {
		t.now = time.Now()
	}
	t.random = rand.NewChaCha8(t.seed)
}

// note keeps the last of what the function printed.
func (t *trial) note(level Level, line []byte) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d ", t.conduct.printed, level)
	h.Write(line)
	t.conduct.printed = h.Sum64()
	t.conduct.lines++
	t.output = append(append(t.output, line...), '\n')
	if over := len(t.output) - noteBytes; over > 0 {
		t.output = append(t.output[:0], t.output[over:]...)
	}
}

// prime calls the function on samples so that what it does only once is done
// before the image is taken. It returns why no image may be taken from the
// instance, or "".
func (i *Instance) prime(samples []Sample) (problem string) {
	deadline := time.Now().Add(primeLimit)
	first := make([][]byte, len(samples))
	for n := range primeCalls {
		if n >= len(samples) && time.Now().Add(primeLimit/2).After(deadline) {
			return "" // slow samples warm up in fewer calls
		}
		sample := n % len(samples)
		i.trial.rewind()
		reply, err := i.Call(&Run{Event: samples[sample].Event, Context: samples[sample].Context, Deadline: deadline})
		if err != nil {
			return fmt.Sprintf("sample event %d: %s", sample+1, printable(fault.Of(err).Message))
		}
		if first[sample] == nil {
			first[sample] = append([]byte{}, reply...)
		} else if !bytes.Equal(first[sample], reply) {
			return fmt.Sprintf("sample event %d was answered from what an earlier call left in memory", sample+1)
		}
	}
	return ""
}

// startFault says that a module did not start, with what it printed last.
func (t *trial) startFault(err error) error {
	f := fault.Of(err)
	if f.Code == fault.Internal {
		return err
	}
	message := f.Message
	if len(t.output) > 0 {
		message += "; it printed: " + validText(bytes.TrimSpace(t.output))
	}
	return fault.Wrap(fault.StartFailed, err, "the module did not start: %s", message).
		WithHint("Whatever runs before the first call (global variables, init functions, main) must end, and end well.")
}

package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Limits of a child process.
const (
	endPatience = 10 * time.Second // between asking it to end and ending it
	maxLog      = 32 << 20         // bytes of its log before they are thrown away
	cutEvery    = time.Second      // how often that is looked at
	complained  = 2 << 10          // bytes of its log that an error shows
)

// process is a child with all that it started. What it prints goes to a file,
// which costs the machine less than a pipe that somebody has to read, and is
// emptied before it becomes large.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	stdin io.Closer // the children that know of it end when it is closed

	ended chan struct{} // closed when it has
	err   error         // of its end; read it after ended
	done  sync.WaitGroup
}

// launch starts a program whose files are in dir.
func launch(dir string, environment []string, program string, args ...string) (*process, error) {
	log, err := openLog(dir, filepath.Base(program))
	if err != nil {
		return nil, fmt.Errorf("make its log: %w", err)
	}
	p := &process{cmd: exec.Command(program, args...), log: log, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), environment...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	inGroup(p.cmd)
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p.done.Go(func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	})
	p.done.Go(p.cutLog)
	return p, nil
}

func (p *process) cutLog() {
	tick := time.NewTicker(cutEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if info, err := p.log.Stat(); err == nil && info.Size() > maxLog {
				_ = p.log.Truncate(0) // a log that can't be cut only grows
			}
		case <-p.ended:
			return
		}
	}
}

// end asks the process to end, and ends it with all its children when it
// doesn't. It may be called more than once.
func (p *process) end() error {
	_ = p.stdin.Close() // it may have closed with the process
	askToEnd(p.cmd)
	timer := time.NewTimer(endPatience)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
	}
	endGroup(p.cmd)
	p.done.Wait()
	_ = p.log.Close() // nothing of it is needed
	return nil
}

// printed returns all that is in the log.
func (p *process) printed() ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(p.log, 0, math.MaxInt64))
}

// complaint is the end of the process's log.
func (p *process) complaint() string {
	text, err := p.printed()
	if err != nil {
		return err.Error()
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return "it printed nothing"
	}
	return string(text[max(0, len(text)-complained):])
}

// line waits for a whole line of the log that wanted takes.
func (p *process) line(ctx context.Context, wanted func(line []byte) bool) error {
	return p.await(ctx, func() (bool, error) {
		text, err := p.printed()
		if err != nil {
			return false, err
		}
		for {
			line, rest, whole := bytes.Cut(text, []byte("\n"))
			if !whole {
				return false, nil
			}
			if wanted(line) {
				return true, nil
			}
			text = rest
		}
	})
}

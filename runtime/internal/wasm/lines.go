package wasm

import (
	"bytes"
	"strings"

	"github.com/postern-dev/postern/abi"
)

// lines cuts what a function prints into lines.
type lines struct {
	rest []byte // of a line whose end has not come yet
	long bool   // the line was cut already; what follows is dropped
}

// keepLine is how much room for a line an idle instance keeps.
const keepLine = 1 << 10

// write passes each line that data completes to print, cut to the length that
// the journal takes.
func (l *lines) write(data []byte, print func([]byte)) {
	for len(data) > 0 {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		switch {
		case !ended:
			l.keep(line)
			return
		case l.long:
		case len(l.rest) == 0:
			print(line[:min(len(line), abi.MaxLogLine)])
		default:
			l.keep(line)
			print(l.rest)
		}
		l.rest, l.long = l.rest[:0], false
		data = rest
	}
}

func (l *lines) keep(part []byte) {
	if l.long {
		return
	}
	room := abi.MaxLogLine - len(l.rest)
	l.rest = append(l.rest, part[:min(len(part), room)]...)
}

// flush passes on a last line without an end.
func (l *lines) flush(print func([]byte)) {
	if len(l.rest) > 0 {
		print(l.rest)
	}
	l.rest, l.long = l.rest[:0], false
	if cap(l.rest) > keepLine {
		l.rest = nil
	}
}

// print hands one line to whoever follows the run.
func (i *Instance) print(level Level, text []byte) {
	switch {
	case i.trial != nil:
		i.trial.note(level, text)
	case i.run.Print != nil:
		i.run.Print(level, text)
	}
}

// write takes what the function wrote to standard output or standard error.
func (i *Instance) write(level Level, data []byte) {
	l := &i.out
	if level == Stderr {
		l = &i.err
	}
	l.write(data, func(line []byte) { i.print(level, line) })
}

// flush prints the last lines of a run that had no end.
func (i *Instance) flush() {
	i.out.flush(func(line []byte) { i.print(Stdout, line) })
	i.err.flush(func(line []byte) { i.print(Stderr, line) })
}

// validText returns text from a function as UTF-8.
func validText(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

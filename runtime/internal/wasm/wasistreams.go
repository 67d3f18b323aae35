package wasm

import (
	"encoding/binary"

	"github.com/postern-dev/postern/abi"
)

// Bounds of one read or write. What does not fit is left for the next one, as
// with any pipe.
const (
	maxVectors  = 1024
	maxTransfer = 1 << 20
	maxStdout   = abi.MaxStdout
)

// The standard streams.
const (
	stdin = iota
	stdout
	stderr
)

// onStream returns e for the standard streams and errBadFile for the rest.
func onStream(fd uint32, e errno) errno {
	if fd > stderr {
		return errBadFile
	}
	return e
}

// vectors calls each with what an array of (address, size) names, until it
// returns less than it was given or enough went through. It returns the sum.
func (i *Instance) vectors(ptr, count uint32, each func([]byte) int) (total uint32, e errno) {
	if count > maxVectors {
		return 0, errInvalid
	}
	array, ok := i.slice(ptr, count*8)
	if !ok {
		return 0, errFault
	}
	for ; len(array) > 0 && total < maxTransfer; array = array[8:] {
		data, ok := i.slice(binary.LittleEndian.Uint32(array), binary.LittleEndian.Uint32(array[4:]))
		if !ok {
			return total, errFault
		}
		part := data[:min(len(data), int(maxTransfer-total))]
		n := each(part)
		i.charge(costBytes(n))
		total += uint32(n)
		if n < len(data) {
			break
		}
	}
	return total, success
}

// fdRead gives a command its event; a function's input is empty.
func fdRead(i *Instance, p []uint64) errno {
	if uint32(p[0]) != stdin {
		return errBadFile
	}
	program, _ := i.driver.(*command)
	n, e := i.vectors(uint32(p[1]), uint32(p[2]), func(to []byte) int {
		if program == nil {
			return 0
		}
		return program.read(to)
	})
	if e != success {
		return e
	}
	return written(i.put32(uint32(p[3]), n))
}

// fdWrite takes a command's reply; all other output goes to the journal.
func fdWrite(i *Instance, p []uint64) errno {
	fd := uint32(p[0])
	if fd != stdout && fd != stderr {
		return errBadFile
	}
	program, _ := i.driver.(*command)
	n, e := i.vectors(uint32(p[1]), uint32(p[2]), func(data []byte) int {
		switch {
		case fd == stderr:
			i.write(Stderr, data)
		case program == nil:
			i.write(Stdout, data)
		default:
			program.print(i, data)
		}
		return len(data)
	})
	if e != success {
		return e
	}
	return written(i.put32(uint32(p[3]), n))
}

// Rights of the standard streams.
const (
	rightRead  = 1 << 1
	rightWrite = 1 << 6
	rightPoll  = 1 << 27
)

// fdFdstatGet describes a stream: neither file nor terminal, as a pipe is.
//
//	0     2       4      8         16               24
//	│type │flags  │      │rights   │inherited rights│
func fdFdstatGet(i *Instance, p []uint64) errno {
	fd := uint32(p[0])
	if fd > stderr {
		return errBadFile
	}
	to, ok := i.slice(uint32(p[1]), 24)
	if !ok {
		return errFault
	}
	clear(to)
	rights := uint64(rightWrite | rightPoll)
	if fd == stdin {
		rights = rightRead | rightPoll
	}
	binary.LittleEndian.PutUint64(to[8:], rights)
	return success
}

// fdFilestatGet says the same in 64 bytes: all zero.
func fdFilestatGet(i *Instance, p []uint64) errno {
	if uint32(p[0]) > stderr {
		return errBadFile
	}
	to, ok := i.slice(uint32(p[1]), 64)
	if !ok {
		return errFault
	}
	clear(to)
	return success
}

package wasm

import (
	crand "crypto/rand"
	"time"
)

// errno is an error number of WASI preview 1.
type errno uint64

// Error numbers that functions get to see.
const (
	success       errno = 0
	errBadFile    errno = 8
	errFault      errno = 21
	errInvalid    errno = 28
	errNoSystem   errno = 52
	errNotSocket  errno = 57
	errSeek       errno = 70
	errNotCapable errno = 76
)

// wasiFunctions returns WASI preview 1 as functions get it: clocks, random
// bytes, arguments, environment, the three standard streams, sleep and exit.
// There are no files and no sockets; what needs one says so with an error
// number, as a system would.
func wasiFunctions() []hostFunction {
	result := func(f func(i *Instance, p []uint64) errno) func(*Instance, []uint64) {
		return func(i *Instance, stack []uint64) {
			i.charge(costImport)
			stack[0] = uint64(f(i, stack))
		}
	}
	always := func(e errno) func(*Instance, []uint64) {
		return result(func(*Instance, []uint64) errno { return e })
	}
	stream := func(e errno) func(*Instance, []uint64) {
		return result(func(_ *Instance, p []uint64) errno { return onStream(uint32(p[0]), e) })
	}
	return []hostFunction{
		{"args_get", "ii>i", result(argsGet)},
		{"args_sizes_get", "ii>i", result(argsSizesGet)},
		{"environ_get", "ii>i", result(environGet)},
		{"environ_sizes_get", "ii>i", result(environSizesGet)},
		{"clock_res_get", "ii>i", result(clockResGet)},
		{"clock_time_get", "iIi>i", result(clockTimeGet)},
		{"random_get", "ii>i", result(randomGet)},
		{"poll_oneoff", "iiii>i", result(pollOneoff)},
		{"sched_yield", ">i", func(i *Instance, stack []uint64) { i.charge(costImport); i.letOthers(); stack[0] = 0 }},
		{"proc_exit", "i>", procExit},
		{"proc_raise", "i>i", always(errNoSystem)},

		{"fd_read", "iiii>i", result(fdRead)},
		{"fd_write", "iiii>i", result(fdWrite)},
		{"fd_close", "i>i", stream(success)},
		{"fd_fdstat_get", "ii>i", result(fdFdstatGet)},
		{"fd_fdstat_set_flags", "ii>i", stream(success)},
		{"fd_fdstat_set_rights", "iII>i", stream(success)},
		{"fd_filestat_get", "ii>i", result(fdFilestatGet)},
		{"fd_filestat_set_size", "iI>i", stream(errInvalid)},
		{"fd_filestat_set_times", "iIIi>i", stream(errInvalid)},
		{"fd_advise", "iIIi>i", stream(errSeek)},
		{"fd_allocate", "iII>i", stream(errInvalid)},
		{"fd_datasync", "i>i", stream(success)},
		{"fd_sync", "i>i", stream(success)},
		{"fd_pread", "iiiIi>i", stream(errSeek)},
		{"fd_pwrite", "iiiIi>i", stream(errSeek)},
		{"fd_seek", "iIii>i", stream(errSeek)},
		{"fd_tell", "ii>i", stream(errSeek)},
		{"fd_prestat_get", "ii>i", always(errBadFile)},
		{"fd_prestat_dir_name", "iii>i", always(errBadFile)},
		{"fd_readdir", "iiiIi>i", always(errBadFile)},
		{"fd_renumber", "ii>i", always(errBadFile)},

		{"path_create_directory", "iii>i", always(errNotCapable)},
		{"path_filestat_get", "iiiii>i", always(errNotCapable)},
		{"path_filestat_set_times", "iiiiIIi>i", always(errNotCapable)},
		{"path_link", "iiiiiii>i", always(errNotCapable)},
		{"path_open", "iiiiiIIii>i", always(errNotCapable)},
		{"path_readlink", "iiiiii>i", always(errNotCapable)},
		{"path_remove_directory", "iii>i", always(errNotCapable)},
		{"path_rename", "iiiiii>i", always(errNotCapable)},
		{"path_symlink", "iiiii>i", always(errNotCapable)},
		{"path_unlink_file", "iii>i", always(errNotCapable)},

		{"sock_accept", "iii>i", stream(errNotSocket)},
		{"sock_recv", "iiiiii>i", stream(errNotSocket)},
		{"sock_send", "iiiii>i", stream(errNotSocket)},
		{"sock_shutdown", "ii>i", stream(errNotSocket)},
	}
}

// Clocks of WASI.
const (
	clockRealtime = iota
	clockMonotonic
	clockProcess
	clockThread
)

// clock returns the nanoseconds of a clock. The CPU clocks show the fuel spent:
// a unit is about a nanosecond.
func (i *Instance) clock(id uint32) (int64, bool) {
	switch id {
	case clockRealtime:
		if t := i.trial; t != nil {
			t.conduct.readings++
			return t.now.UnixNano(), true
		}
		return time.Now().UnixNano(), true
	case clockMonotonic:
		if t := i.trial; t != nil && t.strict {
			return t.since, true
		}
		return int64(time.Since(i.module.runtime.opened)) + 1, true
	case clockProcess, clockThread:
		return i.spent(), true
	}
	return 0, false
}

func clockTimeGet(i *Instance, p []uint64) errno {
	now, ok := i.clock(uint32(p[0]))
	if !ok {
		return errInvalid
	}
	return written(i.put64(uint32(p[2]), uint64(now)))
}

func clockResGet(i *Instance, p []uint64) errno {
	if uint32(p[0]) > clockThread {
		return errInvalid
	}
	return written(i.put64(uint32(p[1]), 1))
}

// randomStep is how many random bytes are made before the run is checked.
const randomStep = 64 << 10

// randomGet draws from the host for every call, so that two calls that start
// from one image never see the same bytes.
func randomGet(i *Instance, p []uint64) errno {
	to, ok := i.slice(uint32(p[0]), uint32(p[1]))
	if !ok {
		return errFault
	}
	i.charge(int64(len(to)) * 2)
	if i.trial != nil {
		i.trial.conduct.random += len(to)
	}
	for len(to) > 0 {
		step := to[:min(len(to), randomStep)]
		if i.trial != nil {
			i.trial.random.Read(step)
		} else {
			crand.Read(step)
		}
		if to = to[len(step):]; len(to) > 0 {
			i.checkpoint()
		}
	}
	return success
}

// written answers for a store into memory.
func written(ok bool) errno {
	if !ok {
		return errFault
	}
	return success
}

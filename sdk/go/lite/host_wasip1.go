package lite

import (
	"slices"
	"unsafe"

	"github.com/postern-dev/postern/abi"
)

//go:wasmimport postern call
func importCall(op unsafe.Pointer, opLen uint32, in unsafe.Pointer, inLen uint32) uint64

//go:wasmimport postern log
func importLog(level uint32, message unsafe.Pointer, size uint32)

//go:wasmimport postern fail
func importFail(message unsafe.Pointer, size uint32)

//go:wasmimport wasi_snapshot_preview1 random_get
func importRandom(b unsafe.Pointer, size uint32) uint32

// exportVersion says which ABI the module speaks.
//
//go:wasmexport postern_abi_1
func exportVersion() {}

// exportAlloc gives the host room: for the event first, then for the context,
// then for one answer of each call.
//
//go:wasmexport postern_alloc
func exportAlloc(size uint32) unsafe.Pointer {
	n := max(int(size), 1)
	if program.calling > 0 {
		answer := make([]byte, n)
		program.answers = append(program.answers, answer)
		return unsafe.Pointer(&answer[0])
	}
	program.taken++
	if program.taken == 1 {
		return unsafe.Pointer(unsafe.SliceData(program.eventRoom(n)))
	}
	return unsafe.Pointer(unsafe.SliceData(program.contextRoom(n)))
}

// room is memory that the host was given, of any size: the host is trusted with
// what it says of it.
type room [1 << 31]byte

// exportHandle runs one call. A handler that was not given in an init function
// is given by main, which nobody else runs in a module of this kind.
//
//go:wasmexport postern_handle
func exportHandle(event unsafe.Pointer, eventLen uint32, context unsafe.Pointer, contextLen uint32) uint64 {
	program.taken = 0
	shared.renew(fillRandom) // memory may have been put back
	if program.handle == nil {
		runMain()
		if program.handle == nil {
			return fail(errNoHandler)
		}
	}
	reply, err := attempt((*room)(event)[:eventLen:eventLen+slack], (*room)(context)[:contextLen:contextLen])
	if err != nil {
		return fail(err)
	}
	program.release()
	program.reply = reply
	if len(reply) == 0 {
		return abi.Pack(1, 0) // an empty reply, which is not the same as none
	}
	return abi.Pack(uint32(uintptr(unsafe.Pointer(&reply[0]))), uint32(len(reply)))
}

// fail tells the host why there is no reply.
func fail(err error) (noReply uint64) {
	message := err.Error()
	importFail(unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
	return 0
}

// callHost hands over the room that holds the answer. Other goroutines may call
// while the host asks for it, so it is known by its address alone.
func callHost(op string, in []byte) []byte {
	program.calling++
	packed := importCall(unsafe.Pointer(unsafe.StringData(op)), uint32(len(op)),
		unsafe.Pointer(unsafe.SliceData(in)), uint32(len(in)))
	program.calling--
	ptr, size := abi.Unpack(packed)
	for i, room := range program.answers {
		if uint32(uintptr(unsafe.Pointer(&room[0]))) == ptr && int(size) <= len(room) {
			program.answers = slices.Delete(program.answers, i, i+1)
			return room[:size]
		}
	}
	return nil
}

func logHost(level Level, message string) {
	importLog(uint32(level), unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
}

func fillRandom(b []byte) {
	if importRandom(unsafe.Pointer(&b[0]), uint32(len(b))) != 0 {
		panic("the host has no random numbers")
	}
}

// printError writes to standard error without package os.
func printError(s string) { print(s) }

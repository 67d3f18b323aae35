package abi

// Limits of the ABI itself. Those of a function come from its manifest and
// reach it in the context.
const (
	MaxEvent    = 6 << 20  // bytes of an event
	MaxReply    = 6 << 20  // bytes of a reply
	MaxOp       = 128      // bytes of the name of an op
	MaxCallIn   = 6 << 20  // bytes of an op's input
	MaxCallOut  = 6 << 20  // bytes of an op's answer
	MaxLogLine  = 64 << 10 // bytes of one line in the journal; what is longer is cut
	MaxFailure  = 4 << 10  // bytes of the message given to fail; what is longer is cut
	MaxStdout   = 6 << 20  // bytes that a command prints: its reply
	MaxLogLevel = 3        // the highest level of log; higher ones mean this one
)

// Levels of the import log.
const (
	LogDebug = 0
	LogInfo  = 1
	LogWarn  = 2
	LogError = 3
)

// EnvContext is the environment variable that holds the context of a command.
const EnvContext = "POSTERN_CONTEXT"

// Pack joins address and size of bytes in a function's memory into the number
// that postern_handle and call return: the address in the high half, the size
// in the low half.
func Pack(ptr, size uint32) uint64 { return uint64(ptr)<<32 | uint64(size) }

// Unpack splits what Pack joined.
func Unpack(packed uint64) (ptr, size uint32) { return uint32(packed >> 32), uint32(packed) }

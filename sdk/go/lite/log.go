package lite

import "github.com/postern-dev/postern/abi"

// Level says how much a line in the journal matters.
type Level uint32

// The levels of the journal. What is printed to standard output has LevelInfo,
// what is printed to standard error LevelError.
const (
	LevelDebug Level = abi.LogDebug
	LevelInfo  Level = abi.LogInfo
	LevelWarn  Level = abi.LogWarn
	LevelError Level = abi.LogError
)

// Log writes a line to the journal. The host adds time, function, version and
// request.
func Log(level Level, message string) { logHost(level, message) }

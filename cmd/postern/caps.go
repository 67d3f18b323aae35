package main

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/runtime"
)

// caps are the bounds of an engine that depend on the machine, as configured or,
// where the configuration leaves that open, as the machine allows. Of instances
// it never allows more: the mappings that they would take are needed elsewhere.
type caps struct {
	memory    uint64 // bytes of linear memory of all instances
	maxMemory uint64 // bytes of one
	instances int
}

func capsOf(c *config.Engine) caps {
	set := caps{memory: c.Memory, maxMemory: c.MaxMemory, instances: c.Instances}
	if set.memory == 0 {
		set.memory = memoryOf(machineMemory())
	}
	if most := runtime.MaxInstances(); set.instances == 0 || set.instances > most {
		set.instances = most
	}
	set.maxMemory = min(set.maxMemory, set.memory)
	return set
}

// unknownMemory is what functions get of a machine that does not tell, and
// leastMemory what they get of the smallest one.
const (
	unknownMemory = 4 << 30
	leastMemory   = 256 << 20
)

// memoryOf is how much of a machine's memory instances may have: half, since
// idle instances, code, images and Go's heap live beside those in use. 0 is a
// machine that does not tell.
func memoryOf(machine uint64) uint64 {
	if machine == 0 {
		return unknownMemory
	}
	return max(machine/2, leastMemory)
}

// machineMemory returns how many bytes of memory the machine has, or the
// container if that is less; 0 when neither tells.
func machineMemory() uint64 {
	least := uint64(0)
	for _, found := range []uint64{
		totalMemory(read("/proc/meminfo")),
		memoryLimit(read("/sys/fs/cgroup/memory.max")),
		memoryLimit(read("/sys/fs/cgroup/memory/memory.limit_in_bytes")),
	} {
		if found > 0 && (least == 0 || found < least) {
			least = found
		}
	}
	return least
}

// read returns a small file of the system, or nothing where it is not there.
func read(name string) []byte {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return text
}

// totalMemory reads the memory of the machine in what Linux tells of it.
func totalMemory(meminfo []byte) uint64 {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			return memoryLimit([]byte(fields[1])) << 10
		}
	}
	return 0
}

// memoryLimit reads a number of bytes. A control group without a limit says
// "max", or a number that no machine reaches.
func memoryLimit(text []byte) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n >= 1<<50 {
		return 0
	}
	return n
}

package result

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
)

// Machine describes where something was measured, without saying whose machine
// it is.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"` // that this process may use
	OS     string `json:"os"`
	Kernel string `json:"kernel,omitempty"`
	Go     string `json:"go"` // of the harness
}

// ThisMachine describes the machine that this runs on.
func ThisMachine() Machine {
	return Machine{
		CPU: cpuModel(), Cores: goruntime.NumCPU(), OS: goruntime.GOOS + "/" + goruntime.GOARCH,
		Kernel: kernel(), Go: goruntime.Version(),
	}
}

// Name tells kinds of machines apart.
func (m Machine) Name() string { return fmt.Sprintf("%s %d cores %s", m.CPU, m.Cores, m.OS) }

// cpuModel is the name that the processor gives itself.
func cpuModel() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return goruntime.GOARCH
	}
	defer func() { _ = file.Close() }() // read only
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return goruntime.GOARCH
}

// kernel is the kernel's release, up to what its builder added.
func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	release, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return release
}

// Commit is the commit checked out in dir, with "+" when files that git knows
// have changed since; "" when it can't be told. What is below bench/results
// does not count: measuring changes it.
func Commit(ctx context.Context, dir string) string {
	head, err := git(ctx, dir, "rev-parse", "HEAD")
	if err != nil {
		return ""
	}
	changes, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(exclude,top)bench/results")
	if err != nil || changes != "" {
		head += "+"
	}
	return head
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

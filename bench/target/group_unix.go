//go:build unix

package target

import (
	"os/exec"
	"syscall"
)

// inGroup makes the command the first of a process group of its own, so that
// an interrupt at the terminal reaches the harness only.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// askToEnd tells the group to end; a group that is gone needs no telling.
func askToEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// endGroup ends what is left of the group.
func endGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

//go:build !unix

package target

import "os/exec"

func inGroup(*exec.Cmd) {}

// askToEnd does nothing where no signal asks: closing the child's input does.
func askToEnd(*exec.Cmd) {}

func endGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

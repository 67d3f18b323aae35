//go:build !linux

package load

// newEngine returns the engine of a run.
func newEngine(g *generator) engine { return newRoutines(g) }

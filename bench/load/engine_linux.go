package load

import goruntime "runtime"

// newEngine returns the lightest engine that can do the run. Half of the
// processors are the server's; more threads than needed wait for each other.
func newEngine(g *generator) engine {
	if g.opt.URL.Scheme == "http" && (g.opt.Rate == 0 || pollsExactly()) {
		return newPollers(g, min(max(goruntime.NumCPU()/2, 1), maxShards))
	}
	return newRoutines(g)
}

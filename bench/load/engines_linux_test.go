package load

// engines are those that closed load can be put with here.
var engines = map[string]func(*generator) engine{
	"routines":      func(g *generator) engine { return newRoutines(g) },
	"one poller":    func(g *generator) engine { return newPollers(g, 1) },
	"three pollers": func(g *generator) engine { return newPollers(g, 3) },
}

// openEngines are those that open load can be put with here.
func openEngines() map[string]func(*generator) engine {
	if pollsExactly() {
		return engines
	}
	return map[string]func(*generator) engine{"routines": engines["routines"]}
}

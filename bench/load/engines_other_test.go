//go:build !linux

package load

// engines are those that closed load can be put with here.
var engines = map[string]func(*generator) engine{
	"routines": func(g *generator) engine { return newRoutines(g) },
}

// openEngines are those that open load can be put with here.
func openEngines() map[string]func(*generator) engine { return engines }

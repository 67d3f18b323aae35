package config

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Isolation says what a call finds in its instance's memory.
type Isolation string

// Kinds of isolation.
const (
	Clean Isolation = "clean" // what was there after initialisation, at every call
	Warm  Isolation = "warm"  // what the call before left
)

// Bounds of a function's limits.
const (
	minMemory      = 1 << 20
	maxMemory      = 4 << 30
	maxAttempts    = 10
	maxConcurrency = 1000
	maxBacklog     = 100_000
	maxPatience    = time.Hour
	maxRunLimit    = 24 * time.Hour
	maxEnvironment = 64 << 10 // bytes of all names and values
	minTime        = time.Millisecond
)

// Function is one [[function]].
type Function struct {
	Name     string
	Module   string // path of the module in the bundle; "" when it is built from source
	Source   string // folder of the source; "" when there is a module
	Language string // of the source

	Memory      uint64 // bytes
	Patience    time.Duration
	Attempts    int
	RunLimit    time.Duration
	CPU         time.Duration
	Concurrency int
	Backlog     int
	Isolation   Isolation
	Environment map[string]string
	Prime       []string // events for calls before the first
	Guess       bool     // there is no word of them: requests for its routes may take their place
}

// ModuleFile returns the path of the function's module in the bundle, where
// building puts it when it is built from source.
func (f *Function) ModuleFile() string {
	if f.Module != "" {
		return f.Module
	}
	return f.Name + ".wasm"
}

func readFunction(t *table, d Defaults) Function {
	f := Function{
		Memory: d.Memory, Patience: d.Patience, Attempts: d.Attempts, RunLimit: d.RunLimit, CPU: d.CPU,
		Concurrency: d.Concurrency, Backlog: d.Backlog, Isolation: d.Isolation,
	}
	if t.need("name", &f.Name, "the function needs a name") && !validFunctionName(f.Name) {
		t.complain("name", "%q must be 1 to 64 letters, digits, '-' or '_', the first not a '-'", f.Name)
	}
	readOrigin(t, &f)
	t.size("memory", &f.Memory, minMemory, maxMemory)
	t.duration("patience", &f.Patience, minTime, maxPatience)
	t.integer("attempts", &f.Attempts, 1, maxAttempts)
	t.duration("run_limit", &f.RunLimit, minTime, maxRunLimit)
	t.duration("cpu", &f.CPU, minTime, maxRunLimit)
	t.integer("concurrency", &f.Concurrency, 1, maxConcurrency)
	t.integer("backlog", &f.Backlog, 0, maxBacklog)
	isolation := string(f.Isolation)
	t.oneOf("isolation", &isolation, string(Clean), string(Warm))
	f.Isolation = Isolation(isolation)
	f.Environment = readEnvironment(t.sub("environment"))
	f.Guess = t.value("prime") == nil
	f.Prime, _ = t.list("prime")
	t.close()
	return f
}

// readOrigin reads where the module comes from.
func readOrigin(t *table, f *Function) {
	hasModule, hasSource := t.value("module") != nil, t.value("source") != nil
	if t.str("module", &f.Module) {
		f.Module = readPath(t, "module", f.Module)
		if f.Module == "." {
			t.complain("module", "must be a file")
		}
	}
	if t.str("source", &f.Source) {
		f.Source = readPath(t, "source", f.Source)
	}
	hasLanguage := t.value("language") != nil
	t.oneOf("language", &f.Language, "go")
	switch {
	case hasModule && (hasSource || hasLanguage):
		t.complain("module", "a function has a module, or source and language, not both")
	case !hasModule && !hasSource && !hasLanguage:
		t.complain("module", `is missing: name a module, or source and language to have it built`)
	case hasSource && !hasLanguage:
		t.complain("language", `is missing: say which language the source is in, "go"`)
	case hasLanguage && !hasSource:
		t.complain("source", `is missing: name the folder of the source, "." for the manifest's own`)
	}
}

// readPath checks that p stays within the manifest's folder, and cleans it.
func readPath(t *table, name, p string) string {
	clean := path.Clean(p)
	if p == "" || strings.ContainsAny(p, "\\\x00") || !fs.ValidPath(clean) {
		t.complain(name, "%q must be a path inside the manifest's folder: relative, with '/', without \"..\"", p)
	}
	return clean
}

func readEnvironment(t *table) map[string]string {
	environment := make(map[string]string, len(t.values))
	total := 0
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		var value string
		if !t.str(name, &value) {
			continue
		}
		switch {
		case !validVariable(name):
			t.complain(name, "a variable's name is letters, digits and '_', and does not begin with a digit")
		case strings.HasPrefix(name, "POSTERN_"):
			t.complain(name, "names that begin with POSTERN_ belong to the server")
		case strings.Contains(value, "\x00"):
			t.complain(name, "a variable's value can't hold NUL")
		}
		environment[name] = value
		total += len(name) + len(value)
	}
	if total > maxEnvironment {
		t.r.complain(t.key, "has %s, at most %s are allowed", formatSize(uint64(total)), formatSize(maxEnvironment))
	}
	return environment
}

// checkFunctions complains of what functions must not have in common.
func checkFunctions(r *reader, functions []Function) {
	if len(functions) == 0 {
		r.complain("function", "is missing: an app has one [[function]] at least")
	}
	names := map[string]bool{}
	modules := map[string]bool{}
	for _, f := range functions {
		if f.Module != "" {
			modules[f.Module] = true
		}
	}
	for i, f := range functions {
		key := join(element("function", i), "name")
		if f.Name != "" && names[f.Name] {
			r.complain(key, "there are two functions %q", f.Name)
		}
		names[f.Name] = true
		if f.Module == "" && modules[f.ModuleFile()] {
			r.complain(key, "%q is built as %s, which is the module of another function", f.Name, f.ModuleFile())
		}
	}
}

func validFunctionName(s string) bool { return validWord(s) && s[0] != '-' }

func validVariable(s string) bool {
	for i := range len(s) {
		if !isBare(s[i]) || s[i] == '-' || i == 0 && '0' <= s[i] && s[i] <= '9' {
			return false
		}
	}
	return s != ""
}

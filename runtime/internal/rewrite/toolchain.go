package rewrite

import "strings"

// toolchains are the names in a producers section that say most about how a
// module came to be, the most telling first: a Rust compiler and a linker from
// LLVM may both have left their name.
var toolchains = []string{"TinyGo", "Go cmd/compile", "Go", "AssemblyScript", "rustc", "Swift", "zig", "clang"}

// toolchain names what built the module, "" when nothing tells.
func (m *module) toolchain() string {
	for _, c := range m.customs {
		if c.name == "producers" {
			if t := producer(c.body); t != "" {
				return t
			}
		}
	}
	for _, c := range m.customs {
		switch {
		case c.name == "go:buildid":
			return "Go"
		case c.name == "sourceMappingURL" && m.importsAbort():
			return "AssemblyScript"
		}
	}
	return ""
}

// importsAbort tells AssemblyScript, which leaves no producers.
func (m *module) importsAbort() bool {
	for _, e := range m.imports {
		if e.module == "env" && e.name == "abort" && e.kind == KindFunc {
			return true
		}
	}
	return false
}

// producer reads a producers section: fields of names and versions. What is
// malformed in it tells nothing and is no reason to refuse the module.
func producer(body []byte) string {
	r := &reader{b: body}
	found := map[string]string{}
	for range r.count(2) {
		field := r.name()
		for range r.count(2) {
			name, version := string(r.bytes(r.count(1))), string(r.bytes(r.count(1)))
			if r.err == nil && (field == "processed-by" || field == "language") {
				found[name] = version
			}
		}
	}
	for _, t := range toolchains {
		for name, v := range found { // "Debian clang" is clang
			if name == t || strings.HasSuffix(name, " "+t) {
				return label(t, v)
			}
		}
	}
	return ""
}

func label(name, version string) string {
	if name == "Go cmd/compile" {
		name = "Go"
	}
	version, _, _ = strings.Cut(version, " ")
	const longest = 32
	if len(version) > longest {
		version = version[:longest]
	}
	return strings.TrimSpace(name + " " + printable(version))
}

// printable drops what does not belong into a log line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

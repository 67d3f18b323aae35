package lite

// Values are the values of names: of query parameters, for instance. A
// url.Values is the same type underneath.
type Values map[string][]string

// Get returns the first value of a name, "" when there is none.
func (v Values) Get(name string) string {
	if all := v[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// Header is a set of header fields. An http.Header is the same type
// underneath: names are kept in Canonical-Case.
type Header map[string][]string

// Get returns the first value of a field, "" when there is none. The case of
// name does not matter.
func (h Header) Get(name string) string { return Values(h).Get(canonical(name)) }

// Set makes value the only one of a field.
func (h Header) Set(name, value string) { h[canonical(name)] = []string{value} }

// Add gives a field one more value: one more line of that name.
func (h Header) Add(name, value string) {
	name = canonical(name)
	h[name] = append(h[name], value)
}

// canonical returns a header name with its words capitalised.
func canonical(name string) string {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' || !upper && 'A' <= c && c <= 'Z' {
			return string(capitalise([]byte(name)))
		}
		upper = c == '-'
	}
	return name
}

func capitalise(name []byte) []byte {
	upper := true
	for i, c := range name {
		switch {
		case upper && 'a' <= c && c <= 'z':
			name[i] = c - 'a' + 'A'
		case !upper && 'A' <= c && c <= 'Z':
			name[i] = c - 'A' + 'a'
		}
		upper = c == '-'
	}
	return name
}

// equalFold reports whether key and name are the same but for ASCII case.
func equalFold[S ~string | ~[]byte](key S, name string) bool {
	if len(key) != len(name) {
		return false
	}
	for i := range len(key) {
		if lower(key[i]) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}

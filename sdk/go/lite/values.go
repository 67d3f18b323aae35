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

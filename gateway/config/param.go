package config

import (
	"slices"
	"strings"
)

func readParams(t *table, vars []string) []Param {
	var params []Param
	for _, one := range t.subs("param") {
		p := readParam(one, vars)
		same := func(q Param) bool { return q.Name == p.Name && q.Position == p.Position }
		if p.Name != "" && slices.ContainsFunc(params, same) {
			one.complain("name", "%q is declared twice", p.Name)
		}
		params = append(params, p)
	}
	return params
}

// readParam reads one [[route.param]]. Without a position it stands in the path
// when the path has a variable of its name, else in the query.
func readParam(t *table, vars []string) Param {
	var p Param
	if t.need("name", &p.Name, "the parameter needs a name") && (p.Name == "" || len(p.Name) > 128) {
		t.complain("name", "must have 1 to 128 bytes")
	}
	p.Position = "QUERY"
	if slices.Contains(vars, p.Name) {
		p.Position = "PATH"
	}
	if s, ok := t.values["position"].(string); ok {
		t.values["position"] = strings.ToUpper(s)
	}
	if t.oneOf("position", &p.Position, "PATH", "QUERY", "HEADER") && p.Position == "PATH" && !slices.Contains(vars, p.Name) {
		t.complain("position", "the route's path has no variable {%s}", p.Name)
	}
	t.boolean("required", &p.Required)
	t.str("default", &p.Default)
	t.close()
	return p
}

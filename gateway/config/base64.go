package config

import "strings"

// Bounds of base64_trigger.
const (
	maxBase64Rules = 10
	maxBase64Value = 40
)

func readBase64(t *table, r *Route) {
	rules := t.subs("base64_trigger")
	if len(rules) > maxBase64Rules {
		t.complain("base64_trigger", "there are %d rules, at most %d are allowed", len(rules), maxBase64Rules)
	}
	for _, one := range rules {
		r.Base64Rules = append(r.Base64Rules, readBase64Rule(one))
	}
	r.Base64 = len(rules) > 0
	if t.boolean("base64", &r.Base64) && !r.Base64 && len(rules) > 0 {
		t.complain("base64", "is false, so base64_trigger has no effect: leave one of them out")
	}
}

func readBase64Rule(t *table) Base64Rule {
	var rule Base64Rule
	if t.value("name") == nil {
		t.complain("name", `is missing: name the header, "Accept" or "Content_Type"`)
	}
	t.oneOf("name", &rule.Header, "Accept", "Content_Type")
	values, ok := t.words("value")
	if len(values) == 0 && (ok || t.values["value"] == nil) {
		t.complain("value", `is missing: name what the header contains, like "image/png"`)
	}
	for _, v := range values {
		if !validBase64Value(v) {
			t.complain("value", "%q must be 1 to %d letters, digits or any of . + * - / _", v, maxBase64Value)
		}
	}
	rule.Values = values
	t.close()
	return rule
}

func validBase64Value(s string) bool {
	for i := range len(s) {
		if !isBare(s[i]) && !strings.ContainsRune(".+*/", rune(s[i])) {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= maxBase64Value
}

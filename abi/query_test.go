package abi

import "testing"

func TestRequest_HasQuery(t *testing.T) {
	tests := []struct {
		query, name string
		want        bool
	}{
		{"a=1&b=2", "b", true},
		{"a=1&b", "b", true},
		{"a=1&bb=2", "b", false},
		{"", "b", false},
		{"%62=1", "b", true},
		{"a+b=1", "a b", true},
		{"a%2=1", "a%2", true},
		{"=1", "", false},
	}
	for _, tt := range tests {
		r := Request{Query: []byte(tt.query)}
		if got := r.HasQuery(tt.name); got != tt.want {
			t.Errorf("HasQuery(%q) of %q = %v, want %v", tt.name, tt.query, got, tt.want)
		}
	}
}

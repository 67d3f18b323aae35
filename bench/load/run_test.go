package load

import "testing"

func TestRun_refusesOptionsThatMeanNothing(t *testing.T) {
	base := serve(t, hello)
	for name, change := range map[string]func(*Options){
		"no connections":   func(o *Options) { o.Connections = 0 },
		"no duration":      func(o *Options) { o.Duration = 0 },
		"no requests":      func(o *Options) { o.Requests = nil },
		"path with spaces": func(o *Options) { o.Requests = []*Request{{Path: "/a b"}} },
		"own length":       func(o *Options) { o.Requests[0].Header = []Field{{"content-length", "3"}} },
		"line end":         func(o *Options) { o.Requests[0].Header = []Field{{"A", "b\r\nC: d"}} },
		"mark, no numbers": func(o *Options) { o.Requests[0].Path = "/{n}" },
	} {
		opt := options(base, get("/", "hello world"))
		change(&opt)
		if _, err := Run(t.Context(), opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

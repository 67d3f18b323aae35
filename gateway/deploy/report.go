package deploy

import "time"

// Report is the answer to a deploy or a rollback: what is in service now.
type Report struct {
	App       string     `json:"app"`
	Version   string     `json:"version"`            // digest of the version now in service
	Previous  string     `json:"previous,omitempty"` // digest of the version before
	Unchanged bool       `json:"unchanged"`          // the same version was in service already
	Functions []Function `json:"functions"`
	Routes    []Route    `json:"routes"`
}

// App is one app as the admin API lists it.
type App struct {
	Name      string    `json:"name"`
	Flavour   string    `json:"flavour"`
	Version   string    `json:"version"` // in service
	Hosts     []string  `json:"hosts,omitempty"`
	Prefix    string    `json:"prefix,omitempty"` // as clients send it; empty for none
	Functions int       `json:"functions"`
	Routes    int       `json:"routes"`
	Deployed  time.Time `json:"deployed"` // when this version went into service
}

// Version is one deployed version of an app.
type Version struct {
	App     string    `json:"app"`
	Version string    `json:"version"`
	Created time.Time `json:"created"`
	Current bool      `json:"current"`
}

// Function is one function with its limits, and what its module is.
type Function struct {
	Name        string   `json:"name"`
	Module      string   `json:"module"` // digest of the module's bytes
	Bytes       int64    `json:"bytes"`  // size of the module
	Kind        string   `json:"kind"`   // "function" or "command"
	Toolchain   string   `json:"toolchain,omitempty"`
	Memory      uint64   `json:"memory"`     // bytes
	RunLimitMs  int64    `json:"runLimitMs"` // milliseconds
	CPUMs       int64    `json:"cpuMs"`      // milliseconds
	Concurrency int      `json:"concurrency"`
	Backlog     int      `json:"backlog"`
	Isolation   string   `json:"isolation"`       // "clean" or "warm"
	Reset       string   `json:"reset,omitempty"` // how memory is made clean
	Reason      string   `json:"reason,omitempty"`
	Primed      bool     `json:"primed"`                // calls start from memory that has answered requests
	Priming     string   `json:"priming,omitempty"`     // which, or why not
	Environment []string `json:"environment,omitempty"` // names only
	StartMemory uint64   `json:"startMemory,omitempty"` // bytes that the module starts with
	Proposals   []string `json:"proposals,omitempty"`   // of WebAssembly, that it uses
	Imports     []string `json:"imports,omitempty"`     // with their types; the first of them
	Exports     []string `json:"exports,omitempty"`     // with their types; the first of them
}

// Route is one route with the policy that applies to it.
type Route struct {
	App        string   `json:"app"`
	Host       string   `json:"host"`   // "*" for every host
	Prefix     string   `json:"prefix"` // of the app, as clients send it; empty for none
	Path       string   `json:"path"`
	Methods    []string `json:"methods"` // ["ANY"] for all
	Function   string   `json:"function"`
	Attempts   int      `json:"attempts"`
	PatienceMs int64    `json:"patienceMs"` // milliseconds, per attempt
	Integrated bool     `json:"integrated"`
}

// Explanation says which route a request takes and what applies to it, and why.
type Explanation struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Found    bool              `json:"found"`
	Version  string            `json:"version,omitempty"`
	Route    *Route            `json:"route,omitempty"`
	Function *Function         `json:"function,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	Steps    []string          `json:"steps"` // the decisions in order, in words
}

// Invocation is the outcome of a call made by an operator.
type Invocation struct {
	RequestID  string `json:"requestId"`
	Version    string `json:"version"`
	Reply      string `json:"reply"` // as the function gave it; not UTF-8 bytes become U+FFFD
	DurationMs int64  `json:"durationMs"`
	CPU        int64  `json:"cpu"` // units of the meter
	Memory     uint64 `json:"memory"`
}

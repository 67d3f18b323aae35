package config

import (
	"time"

	"github.com/postern-dev/postern/gateway/route"
)

// Defaults is what a flavour gives to a manifest that leaves it out.
type Defaults struct {
	// ParsePath reads the path of a route in the flavour's syntax; nil means
	// route.ParseSCF.
	ParsePath func(string) (route.Pattern, error)

	Memory      uint64        // bytes
	Patience    time.Duration // per attempt
	Attempts    int
	RunLimit    time.Duration
	CPU         time.Duration
	Concurrency int
	Backlog     int
	Isolation   Isolation
	Stage       string
	Integrated  bool
	Canonical   bool
	Payload     string // version of the event's format; "" when the flavour has one only
}

// DefaultFunction returns the defaults of flavours that have no other: 60 s of
// patience, three attempts, and paths in the syntax of scf.
func DefaultFunction() Defaults {
	return Defaults{
		ParsePath:   route.ParseSCF,
		Memory:      64 << 20,
		Patience:    time.Minute,
		Attempts:    3,
		RunLimit:    5 * time.Minute,
		CPU:         10 * time.Second,
		Concurrency: 8,
		Backlog:     512,
		Isolation:   Clean,
		Stage:       "release",
	}
}

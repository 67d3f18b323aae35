package gateway

import (
	"hash/maphash"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/runtime"
)

func TestAnnouncement_isOfHostAndPath(t *testing.T) {
	seed := maphash.MakeSeed()
	of := func(host, target string) uint64 {
		rc := newContext("GET", target)
		rc.Request.Header.SetHost(host)
		return announcement(seed, &rc.Request.Header)
	}
	known := of("a.example", "/b")
	for _, row := range []struct {
		host, target string
		same         bool
	}{
		{"a.example", "/b", true},
		{"a.example", "/b?c=d", true},
		{"a.example", "/c", false},
		{"b.example", "/b", false},
		{"/b", "a.example", false},
	} {
		if same := of(row.host, row.target) == known; same != row.same {
			t.Errorf("%s%s: %v, want %v", row.host, row.target, same, row.same)
		}
	}
}

func TestExchange_tracesItsRoute(t *testing.T) {
	s := openStage(t, nil)
	s.deploy(t, "prefix = \"/app\"", abitest.Hello())
	x := s.take()
	rc := newContext("GET", "/app/greet")
	if err := s.serve(rc, x); err != nil {
		t.Fatal(err)
	}
	var target, all runtime.Trail
	x.target.Trace(&target)
	x.trace(&all)
	if all.Lines() <= target.Lines() || target.Lines() == 0 {
		t.Errorf("%d lines with the route, %d without, want more", all.Lines(), target.Lines())
	}
	s.giveBack(x)
}

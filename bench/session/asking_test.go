package session

import (
	"testing"

	"github.com/postern-dev/postern/bench/load"
)

func TestAsking_asksForOneForAllOrForSomeMostly(t *testing.T) {
	g := Growth{Preset: Density, Load: load.Options{Connections: 1}}
	p := g.plan(2500)
	one := asksOne.of(p.load.Requests)
	if len(one) != 1 || one[0].Path != "/bench2/r/499" || one[0].Numbers != 0 {
		t.Errorf("one asks for %+v", one[0])
	}
	if all := asksAll.of(p.load.Requests); len(all) != 3 || all[0].Weight != 1000 || all[2].Weight != 500 || all[0].Zipf != 0 {
		t.Errorf("all asks for %+v", all)
	}
	zipf := asksZipf.of(p.load.Requests)
	if len(zipf) != 3 || zipf[0].Rank != 0 || zipf[1].Rank != 1000 || zipf[2].Rank != 2000 || zipf[2].Numbers != 500 {
		t.Fatalf("zipf asks for %+v", zipf)
	}
	sum := 0
	for _, r := range zipf {
		if r.Zipf != zipfExponent {
			t.Errorf("%s: exponent %v", r.Path, r.Zipf)
		}
		sum += r.Weight
	}
	if want := zipfWeight(0, 2500); sum < want-2 || sum > want+2 {
		t.Errorf("the shares of the apps are %d millionths, want %d", sum, want)
	}
	if p.load.Requests[0].Zipf != 0 || p.load.Requests[0].Weight != 1000 {
		t.Error("the plan's own requests changed")
	}
}

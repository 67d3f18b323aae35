package scf

import (
	"fmt"
	"os"
	"testing"

	"github.com/postern-dev/postern/abi/dialect/dialecttest"
)

func TestDialect_followsTheCaseFiles(t *testing.T) {
	dialecttest.Run(t, "testdata/*.case", New)
}

func TestCaseFiles_coverEveryFact(t *testing.T) {
	facts := []string{"16", "47b"}
	for n := 18; n <= 30; n++ {
		facts = append(facts, fmt.Sprint(n))
	}
	for n := 38; n <= 49; n++ {
		facts = append(facts, fmt.Sprint(n))
	}
	for _, fact := range facts {
		if _, err := os.Stat("testdata/TC-" + fact + ".case"); err != nil {
			t.Error(err)
		}
	}
}

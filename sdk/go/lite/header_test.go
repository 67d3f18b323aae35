package lite

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// capitalised is the slow twin of capitalise.
func capitalised(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
		}
	}
	return strings.Join(words, "-")
}

func TestCapitalise_isLikeItsSlowTwin(t *testing.T) {
	const often, all = "abz-", "!#$%&'*+-.^_`|~0189AMZabmz{}@[ \"/"
	random := rand.New(rand.NewPCG(7, 8))
	for range 100_000 {
		from := often
		if random.IntN(2) == 0 {
			from = all
		}
		name := make([]byte, random.IntN(30))
		for i := range name {
			name[i] = from[random.IntN(len(from))]
			if random.IntN(40) == 0 {
				name[i] = all[random.IntN(len(all))]
			}
		}
		want := capitalised(string(name))
		if got := string(capitalise([]byte(string(name)))); got != want {
			t.Fatalf("%q becomes %q, want %q", name, got, want)
		}
		if got := canonicalOf(name); got != want {
			t.Fatalf("%q is %q as a name, want %q", name, got, want)
		}
	}
}

func TestHeaders_joinFieldsThatComeTwice(t *testing.T) {
	h := scanned(`{"headers":{"x-a":"1","X-A":["2","3"],"accept":"b","x-a":"4"}}`).Headers()
	if got, want := strings.Join(h["X-A"], " "), "1 2 3 4"; got != want || len(h) != 2 || h.Get("Accept") != "b" {
		t.Fatalf("got %v, want %s", h, want)
	}
}

package wire

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
)

// groups lists the members of each group, in the order of their first ones.
func groups(links []Link) string {
	var out strings.Builder
	for i := range links {
		if !links[i].First {
			continue
		}
		fmt.Fprint(&out, i)
		for n := links[i].Next; n != 0; n = links[n].Next {
			fmt.Fprint(&out, ",", n)
		}
		out.WriteString(" ")
	}
	return out.String()
}

// twin groups names the slow, obvious way.
func twin(names []string) string {
	var out strings.Builder
	for i, name := range names {
		var members []string
		for j, other := range names {
			if name == other {
				members = append(members, fmt.Sprint(j))
			}
		}
		if members[0] == fmt.Sprint(i) {
			out.WriteString(strings.Join(members, ",") + " ")
		}
	}
	return out.String()
}

func TestGroup_agreesWithItsTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := range 3000 {
		var (
			header       []abi.Field
			query        []string
			lower, exact []string
		)
		for range rnd.IntN(3 * Room) {
			name := "abc-ABC"[rnd.IntN(7):][:1] + strings.Repeat("x", rnd.IntN(4)) + "aA"[rnd.IntN(2):][:1]
			header = append(header, abi.Field{Name: []byte(name)})
			lower = append(lower, strings.ToLower(name))
			exact = append(exact, name)
			query = append(query, name)
		}
		fields := NewFields(header, nil)
		if got, want := groups(fields.Links), twin(lower); got != want {
			t.Fatalf("%d: header %q is grouped %s, want %s", n, lower, got, want)
		}
		raw := []byte(strings.Join(query, "&"))
		q, _ := NewQuery(nil, AppendPairs(nil, raw), nil)
		if got, want := groups(q.Links), twin(exact); got != want {
			t.Fatalf("%d: query %q is grouped %s, want %s", n, exact, got, want)
		}
		for i := range q.Pairs {
			if f := q.Find(q.Name(i)); exact[f] != exact[i] || !q.Links[f].First {
				t.Fatalf("%d: %q is found at %d", n, exact[i], f)
			}
		}
	}
}

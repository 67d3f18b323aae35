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

func TestFields_leaveOutWhatIsNoToken(t *testing.T) {
	f := NewFields([]abi.Field{{Name: []byte("a b")}, {Name: nil}, {Name: []byte("ok")}, {Name: []byte("A B")}}, nil)
	if got := groups(f.Links); got != "2 " {
		t.Errorf("groups are %s, want 2", got)
	}
	if f.Find("a b") != -1 || f.Find("OK") != 2 {
		t.Error("what is found is not what was grouped")
	}
}

func TestIsToken_takesTheCharactersOfTheStandard(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		if got, want := IsToken([]byte{'a', byte(c)}), strings.IndexByte(tchar, byte(c)) >= 0; got != want {
			t.Errorf("IsToken(%q) = %v, want %v", c, got, want)
		}
	}
	if IsToken(nil) {
		t.Error("nothing is a token")
	}
}

func TestIsFieldValue_refusesControlCharacters(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c != 0x7F || c == '\t'
		if got := IsFieldValue([]byte{'a', byte(c)}); got != want {
			t.Errorf("IsFieldValue(%q) = %v, want %v", c, got, want)
		}
	}
}

func TestAppendName_writesCases(t *testing.T) {
	for c, want := range map[Case]string{
		AsSent:    `"x-FORWARDED-for" "-a" "ETag"`,
		Lower:     `"x-forwarded-for" "-a" "etag"`,
		Canonical: `"X-Forwarded-For" "-A" "Etag"`,
	} {
		dst := AppendName(nil, "x-FORWARDED-for", c)
		dst = AppendName(append(dst, ' '), "-a", c)
		dst = AppendName(append(dst, ' '), []byte("ETag"), c)
		if string(dst) != want {
			t.Errorf("case %d is %s, want %s", c, dst, want)
		}
	}
}

func TestAppendUnescaped_decodes(t *testing.T) {
	for part, want := range map[string]string{
		"":            `""`,
		"a":           `"a"`,
		"a+b":         `"a b"`,
		"%41%4a%4A":   `"AJJ"`,
		"%":           `"%"`,
		"%4":          `"%4"`,
		"%4g%g4":      `"%4g%g4"`,
		"%%41":        `"%A"`,
		"%22%5c%0A":   `"\"\\\n"`,
		"%ff":         "\"\uFFFD\"",
		"%e4%bd%a0":   `"你"`,
		"%2541%2B%26": `"%41+&"`,
	} {
		if got := AppendUnescaped([]byte("x"), []byte(part)); string(got) != "x"+want {
			t.Errorf("%q is %s, want %s", part, got[1:], want)
		}
	}
}

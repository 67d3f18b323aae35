package runtime

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/runtime/service"
)

// shown is what the function of testdata/hazards answers.
type shown struct {
	Own     string `json:"own"`
	Renewed string `json:"renewed"`
	Shared  string `json:"shared"`
	Crypto  string `json:"crypto"`
	Started int64  `json:"started,string"`
	Now     int64  `json:"now,string"`
	Secret  string `json:"secret"`
	Fired   int    `json:"fired"`
	Left    int    `json:"left"`
	Cached  string `json:"cached"`
}

func show(t *testing.T, f *Function, verb string) (s shown) {
	t.Helper()
	reply := mustInvoke(t, f, eventOf(verb))
	if err := json.Unmarshal([]byte(reply), &s); err != nil {
		t.Fatalf("%v in %q", err, reply)
	}
	return s
}

const secretValue = "an entirely secret word"

// loadHazards loads the function with the given isolation.
func loadHazards(t *testing.T, isolation Isolation) (f *Function, cacheDir string) {
	t.Helper()
	m := &modules{}
	m.put("hazards", buildGo(t, "c-shared", "./testdata/hazards"))
	opt := testOptions(m)
	opt.CacheDir = filepath.Join(t.TempDir(), "cache")
	var err error
	if opt.Services, err = service.NewSet(); err != nil {
		t.Fatal(err)
	}
	s := testSpec("hazards")
	s.Isolation = isolation
	s.Environment = []string{"SECRET=" + secretValue}
	s.Prime = []Sample{{Event: []byte(eventOf("prime")), Context: []byte("{}")}}
	f = load(t, openEngine(t, opt), s)
	if d := f.Diagnose(); d.Reset == "fresh instance" {
		t.Fatalf("the function is not driven from an image: %s", d.Reason)
	}
	return f, opt.CacheDir
}

// The hazards that doc.go names, one after the other.
func TestHazards_ofAnImage(t *testing.T) {
	f, cacheDir := loadHazards(t, Clean)
	loaded := time.Now().UnixNano()
	a, b := show(t, f, "say"), show(t, f, "leave")
	c := show(t, f, "say")

	t.Run("seeds repeat", func(t *testing.T) {
		if a.Own != b.Own || b.Own != c.Own {
			t.Errorf("numbers of a generator in the image: %s, %s, %s, want the same", a.Own, b.Own, c.Own)
		}
	})
	t.Run("seeds can be renewed", func(t *testing.T) {
		if a.Renewed == b.Renewed || a.Shared == b.Shared || a.Crypto == b.Crypto {
			t.Errorf("numbers repeat though they are renewed: %+v and %+v", a, b)
		}
	})
	t.Run("kept times are old", func(t *testing.T) {
		if a.Started != c.Started || a.Started > loaded {
			t.Errorf("the time kept at the start is %d and %d, loaded at %d", a.Started, c.Started, loaded)
		}
	})
	t.Run("clocks are not", func(t *testing.T) {
		if a.Now < loaded || b.Now <= a.Now || c.Now <= b.Now {
			t.Errorf("clocks show %d, %d, %d, loaded at %d", a.Now, b.Now, c.Now, loaded)
		}
	})
	t.Run("the environment is the image's", func(t *testing.T) {
		if a.Secret != secretValue || c.Secret != secretValue {
			t.Errorf("the environment was %q and %q", a.Secret, c.Secret)
		}
	})
	t.Run("secrets stay in memory", func(t *testing.T) { checkNoFileHas(t, cacheDir, secretValue) })
	t.Run("timers fire in every call", func(t *testing.T) {
		if a.Fired != 1 || b.Fired != 1 || c.Fired != 1 {
			t.Errorf("a timer of the start fired %d, %d, %d times, want once in each call", a.Fired, b.Fired, c.Fired)
		}
	})
	t.Run("goroutines left behind are gone", func(t *testing.T) {
		if c.Left != 0 {
			t.Errorf("a goroutine of an earlier call made %d steps", c.Left)
		}
	})
	t.Run("services rest at the start", func(t *testing.T) {
		if !strings.Contains(a.Cached, "unavailable") && !strings.Contains(a.Cached, "services rest") {
			t.Errorf("a service answered %q at the start", a.Cached)
		}
	})
}

// With warm isolation the same things go on from call to call instead.
func TestHazards_ofWarmMemory(t *testing.T) {
	f, _ := loadHazards(t, Warm)
	a, b := show(t, f, "leave"), show(t, f, "say")
	if a.Own == b.Own {
		t.Errorf("a generator gave %s twice", a.Own)
	}
	if b.Left == 0 {
		t.Error("the goroutine of the call before does not run on, though nobody put memory back")
	}
}

func checkNoFileHas(t *testing.T, dir, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds what the function read from its environment", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("looked at %d files, %v", files, err)
	}
}

// requestFor is an event of the function of testdata/keeps.
func requestFor(word string) string {
	return `{"path":"/` + word + `","headers":{"host":"` + word + `.example"}}`
}

// keeping is the Spec of a function that keeps what at its first call.
func keeping(what string) Spec {
	s := testSpec("keeps")
	s.Environment = []string{"KEEP=" + what, "SECRET=" + secretValue}
	return s
}

func madeUp() []Guess {
	sample := func(word string) Sample { return Sample{Event: []byte(requestFor(word)), Context: []byte("{}")} }
	return []Guess{{Name: "GET /sample", First: sample("sample"), Second: sample("another")}}
}

// What a function keeps of a made-up request would be there in every call. So it
// is primed only where that does not show, and then answers as it would have
// answered without.
func TestHazards_ofMadeUpRequests(t *testing.T) {
	m := &modules{}
	m.put("keeps", buildGo(t, "c-shared", "./testdata/keeps"))
	opt := testOptions(m)
	opt.CacheDir = filepath.Join(t.TempDir(), "cache")
	var err error
	if opt.Services, err = service.NewSet(); err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, opt)
	for _, test := range []struct {
		what, unprimed string
		fails          bool
	}{
		{what: "nothing"},
		{what: "a cache"},
		{what: "a secret"},
		{what: "a counter", unprimed: "changes later replies"},
		{what: "the host", unprimed: "changes later replies"},
		{what: "a cache with dates", unprimed: "leaves the time for later calls"},
		{what: "a line that is printed once", unprimed: "changes what later calls print"},
		{what: "a seed", unprimed: "leaves random bytes for later calls"},
		{what: "the time", unprimed: "leaves the time for later calls"},
		{what: "an answer from home", unprimed: "calls the service op clock.tell"},
		{what: "a nap", unprimed: "the function waits"},
		{what: "the processor", unprimed: "fails: ", fails: true},
		{what: "its temper", unprimed: "fails: ", fails: true},
	} {
		t.Run(test.what, func(t *testing.T) {
			s := keeping(test.what)
			s.CPU = 100 * time.Millisecond
			plain := load(t, e, s)
			s.Function, s.Guess = "guessed", madeUp
			guessed := load(t, e, s)
			d := guessed.Diagnose()
			if d.Primed != (test.unprimed == "") || !strings.Contains(d.Priming, test.unprimed) {
				t.Errorf("primed = %v, %q", d.Primed, d.Priming)
			}
			for _, word := range []string{"sample", "another", "word", "word"} {
				got, gotErr := invoke(t.Context(), guessed, requestFor(word))
				want, wantErr := invoke(t.Context(), plain, requestFor(word))
				if got != want && test.what != "a cache with dates" || (gotErr != nil) != test.fails || (wantErr != nil) != test.fails {
					t.Errorf("%s: got %q, %v, without a guess %q, %v", word, got, gotErr, want, wantErr)
				}
			}
			if first, second := told(t, guessed, test.fails), told(t, guessed, test.fails); first == second && (test.what == "a seed" || test.what == "the time") {
				t.Errorf("two calls tell %q", first)
			}
		})
	}
	t.Run("secrets stay in memory", func(t *testing.T) { checkNoFileHas(t, opt.CacheDir, secretValue) })
	t.Run("what no made-up request shows is there", func(t *testing.T) {
		s := keeping("a counter that few routes show")
		s.Guess = madeUp
		f := load(t, e, s)
		if got := told(t, f, false); !f.Diagnose().Primed || !strings.HasSuffix(got, " 3") {
			t.Errorf("primed = %v, the first call tells %q", f.Diagnose().Primed, got)
		}
	})
	// A goroutine that never gets its turn in a call that does not wait cannot be
	// seen; it gets one in the first call that does.
	t.Run("goroutines left behind go on", func(t *testing.T) {
		s := keeping("a goroutine")
		s.Function, s.Guess = "left", madeUp
		f := load(t, e, s)
		told(t, f, false)
		printed := 0
		for _, line := range opt.Journal.Recent("test", "left", 10) {
			printed += strings.Count(line.Text, "answered /sample")
		}
		if printed == 0 {
			t.Error("nothing was left behind: doc.go says so")
		}
	})
	t.Run("warm memory knows no made-up request", func(t *testing.T) {
		s := keeping("a counter")
		s.Isolation, s.Guess = Warm, madeUp
		f := load(t, e, s)
		if got := told(t, f, false); !strings.HasSuffix(got, " 1") {
			t.Errorf("the first call tells %q", got)
		}
	})
}

// told asks a function to tell what it keeps.
func told(t *testing.T, f *Function, fails bool) string {
	t.Helper()
	reply, err := invoke(t.Context(), f, requestFor("tell"))
	if (err != nil) != fails {
		t.Errorf("err = %v", err)
	}
	return reply
}

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

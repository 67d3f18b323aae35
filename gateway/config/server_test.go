package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

func TestReadServer_cases(t *testing.T) {
	cases(t, "server", func(t *testing.T, file string, text []byte) {
		c, err := ReadServer(text)
		if err != nil {
			checkComplaints(t, err, fault.Invalid, text)
			golden(t, file, err.Error()+"\n")
			return
		}
		golden(t, file, strings.ReplaceAll(fmt.Sprintf("%+v\n", c), "} ", "}\n"))
	})
}

func TestReadServer_ofNothingIsTheDefault(t *testing.T) {
	got, err := ReadServer(nil)
	if err != nil || !reflect.DeepEqual(got, Default()) {
		t.Errorf("got %+v, %v, want %+v", got, err, Default())
	}
}

func TestSample_isTheDefault(t *testing.T) {
	got, err := ReadServer([]byte(Sample()))
	if err != nil || !reflect.DeepEqual(got, Default()) {
		t.Errorf("got %+v, %v, want %+v", got, err, Default())
	}
}

func TestSample_missesNoKey(t *testing.T) {
	r, top := open(ServerName, fault.Invalid, []byte(Sample()))
	readSections(top)
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	lines := findLines(Sample())
	text := strings.Split(Sample(), "\n")
	for key := range r.known {
		line, ok := lines[key]
		if !ok {
			t.Errorf("the sample lacks %s", key)
			continue
		}
		if !strings.HasPrefix(text[line-2], "#") {
			t.Errorf("the sample has no comment above %s", key)
		}
	}
	if len(r.known) < 30 {
		t.Errorf("%d keys are known, want them all", len(r.known))
	}
}

// Every field of the structs is filled by some key: set to another value, it
// must come out different.
func TestReadServer_readsEveryField(t *testing.T) {
	text := `
[gateway]
listen = ":1"
max_body = 1
max_header = 2000
read_timeout = "1s"
write_timeout = "1s"
idle_timeout = "1s"
max_connections = 1
max_connections_per_ip = 1
max_requests_per_connection = 1
drain = "1s"
trusted_proxies = ["::1"]
[admin]
listen = ":2"
max_upload = 2000
max_unpacked = 2000
max_module = 2000
max_files = 2
[data]
dir = "/d"
[engine]
compilers = 1
memory = "2MiB"
max_memory = "1MiB"
instances = 1
idle = "1s"
code = "1MiB"
code_idle = "1s"
cache = "c"
[log]
level = "error"
format = "text"
access = false
access_sample = 2
[journal]
lines = 1
`
	c, err := ReadServer([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, was := reflect.ValueOf(c), reflect.ValueOf(Default())
	for i := range got.NumField() {
		for j := range got.Field(i).NumField() {
			if reflect.DeepEqual(got.Field(i).Field(j).Interface(), was.Field(i).Field(j).Interface()) {
				t.Errorf("%s.%s was not read", got.Type().Field(i).Name, got.Field(i).Type().Field(j).Name)
			}
		}
	}
}

func FuzzReadServer(f *testing.F) {
	seed(f, "server")
	f.Add([]byte(Sample()))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ReadServer(text)
		if err != nil {
			checkComplaints(t, err, fault.Invalid, text)
			return
		}
		if c.Gateway.Listen == "" || c.Engine.Memory > 0 && c.Engine.MaxMemory > c.Engine.Memory || c.Log.AccessSample < 1 {
			t.Errorf("took %+v", c)
		}
	})
}

package session

import (
	"strings"
	"testing"
)

const wrkSaid = `Running 3s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   342.86us  774.51us  28.55ms   95.16%
  303901 requests in 3.00s, 41.27MB read
Requests/sec: 101300.00
Transfer/sec:     13.75MB
`

func TestReadWrk_findsTheRate(t *testing.T) {
	got, err := readWrk([]byte(wrkSaid), 50_650)
	if err != nil || got != "wrk had 101300 answers per second, we had 50650: 0.50 of that" {
		t.Errorf("%q, %v", got, err)
	}
	for name, out := range map[string]string{
		"nothing":       "",
		"wrong answers": wrkSaid + "Non-2xx or 3xx responses: 12\n",
		"errors":        wrkSaid + "Socket errors: connect 0, read 3, write 0, timeout 0\n",
		"no rate":       strings.Replace(wrkSaid, "101300.00", "0", 1),
	} {
		if got, err := readWrk([]byte(out), 1); err == nil {
			t.Errorf("%s: no error, %q", name, got)
		}
	}
}

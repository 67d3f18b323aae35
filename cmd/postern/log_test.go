package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern-dev/postern/gateway/config"
)

func TestOpenLog_takesLinesOfTheServerAndOfRequests(t *testing.T) {
	const request = `{"level":"info","http":{"status":200},"time":"2026-11-22T01:02:03Z","message":"request"}` + "\n"
	for _, c := range []struct {
		name, format, level, want string
		access                    bool
	}{
		{"json", "json", "info", `"message":"request"`, true},
		{"text", "text", "info", `INF request http={"status":200}`, true},
		{"without requests", "json", "info", "", false},
		{"of warnings", "json", "warn", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &slowWriter{}
				log, err := openLog(out, config.Log{Format: c.format, Level: c.level, Access: c.access})
				if err != nil {
					t.Fatal(err)
				}
				log.Error().Msg("own")
				if (log.access != nil) != (c.want != "") {
					t.Fatalf("requests are logged: %t", log.access != nil)
				}
				lines := 1
				if log.access != nil {
					for near := range uint32(20) {
						log.access(near, []byte(request))
						lines++
					}
				}
				if err := log.close(); err != nil {
					t.Fatal(err)
				}
				got := out.text()
				if strings.Count(got, "\n") != lines || strings.Count(got, "own") != 1 ||
					c.want != "" && strings.Count(got, c.want) != lines-1 {
					t.Errorf("the log is\n%s", got)
				}
			})
		})
	}
}

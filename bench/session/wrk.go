package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/target"
)

var (
	wrkRate  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkWrong = regexp.MustCompile(`Non-2xx or 3xx responses: \d+|Socket errors: .*`)
)

// SecondOpinion puts the first request of a closed load on a server with wrk,
// and says what that found beside what we did. An error wraps
// [target.ErrAbsent] when wrk is not here.
func SecondOpinion(ctx context.Context, base *url.URL, opt *load.Options, ours float64) (string, error) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		return "", fmt.Errorf("%w: %w", target.ErrAbsent, err)
	}
	r := opt.Requests[0]
	if r.Body != nil || r.Numbers > 0 || opt.Rate > 0 || len(opt.Requests) > 1 {
		return "", errors.New("wrk can be asked about closed load of one request without a body only")
	}
	args := []string{"-t", "1", "-c", strconv.Itoa(opt.Connections), "-d", strconv.Itoa(max(int(opt.Duration/time.Second), 1)) + "s"}
	for _, f := range r.Header {
		args = append(args, "-H", f.Name+": "+f.Value)
	}
	args = append(args, strings.TrimSuffix(base.String(), "/")+r.Path)
	out, err := exec.CommandContext(ctx, wrk, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("wrk: %w: %s", err, bytes.TrimSpace(out))
	}
	return readWrk(out, ours)
}

// readWrk reads what wrk printed.
func readWrk(out []byte, ours float64) (string, error) {
	found := wrkRate.FindSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("wrk printed no rate: %s", bytes.TrimSpace(out))
	}
	if wrong := wrkWrong.Find(out); wrong != nil {
		return "", fmt.Errorf("wrk: %s", wrong)
	}
	theirs, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil || theirs <= 0 {
		return "", fmt.Errorf("wrk printed the rate %s", found[1])
	}
	return fmt.Sprintf("wrk had %.0f answers per second, we had %.0f: %.2f of that", theirs, ours, ours/theirs), nil
}

package session

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/bench/result"
)

// Scrape is the sums and counts of a server's histograms at one moment, added
// up over all series of a name.
type Scrape map[string]total

type total struct {
	seconds float64
	count   float64
}

// maxScrape bounds the text of all metrics.
const maxScrape = 64 << 20

// ReadScrape asks the admin API of a server of ours for its metrics.
func ReadScrape(ctx context.Context, admin *url.URL, token string) (Scrape, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, admin.JoinPath("/metrics").String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // what counts was read
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read metrics: the answer is %s", res.Status)
	}
	return parseScrape(io.LimitReader(res.Body, maxScrape))
}

// parseScrape reads the text format of Prometheus, and of it the sums and the
// counts of histograms of seconds.
func parseScrape(text io.Reader) (Scrape, error) {
	s := Scrape{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		if at < 0 {
			continue
		}
		series, number := line[:at], line[at+1:]
		name, labels, _ := strings.Cut(series, "{")
		name, isSum := strings.CutSuffix(name, "_sum")
		name, isCount := strings.CutSuffix(name, "_count")
		if isSum == isCount || !strings.HasSuffix(name, "_seconds") {
			continue
		}
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, fmt.Errorf("read metrics: %s is no number", series)
		}
		if step := label(labels, "step"); step != "" {
			name = step
		}
		t := s[name]
		if isSum {
			t.seconds += value
		} else {
			t.count += value
		}
		s[name] = t
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return s, nil
}

// label is the value of a label among labels written name="value",….
func label(labels, name string) string {
	_, rest, ok := strings.Cut(labels, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// order is the life of a call, as far as histograms may tell of it. "call" is
// the whole.
var order = []string{"call", "parse", "route", "admit", "event", "queue", "reset", "run", "reply", "write"}

// StepsBetween tells where calls spent their time between two scrapes: the mean
// of every histogram that moved, in the order of a call's life. Steps that the
// server does not measure are absent.
func StepsBetween(before, after Scrape) []result.Step {
	var steps []result.Step
	for _, name := range slices.Sorted(maps.Keys(after)) {
		short, ours := strings.CutPrefix(strings.TrimSuffix(name, "_seconds"), "postern_")
		if !ours && !slices.Contains(order, name) {
			continue
		}
		count := after[name].count - before[name].count
		if count <= 0 {
			continue
		}
		mean := (after[name].seconds - before[name].seconds) / count
		steps = append(steps, result.Step{Name: short, Count: int64(count), Mean: mean * float64(time.Second/time.Microsecond)})
	}
	slices.SortStableFunc(steps, func(a, b result.Step) int { return place(a.Name) - place(b.Name) })
	return steps
}

func place(name string) int {
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

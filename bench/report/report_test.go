package report

import (
	"bytes"
	"context"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/bench/load"
	"github.com/postern-dev/postern/bench/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everything is a session that has every section and every chart.
func everything() *result.Session {
	res := func(throughput, p50 float64, failed int64) *load.Result {
		r := &load.Result{
			Mode: "open", Rate: 1000, Connections: 32, Seconds: 3, Answered: 3000, Failed: failed, Throughput: throughput,
			Latency:  load.Summary{Mean: p50 * 1.2, Min: p50 / 2, P50: p50, P90: p50 * 2, P99: p50 * 4, P999: p50 * 9, Max: p50 * 20},
			Lateness: &load.Summary{P50: 3, P90: 10, P99: 250, P999: 400, Max: 900},
			Curve:    []load.Point{{Percentile: 0, Latency: p50 / 2}, {Percentile: 50, Latency: p50}, {Percentile: 90, Latency: p50 * 2}, {Percentile: 99, Latency: p50 * 4}, {Percentile: 100, Latency: p50 * 20}},
			Kinds: []load.Kind{
				{Name: "GET /<list>", Answered: 2700, Latency: load.Summary{P50: p50, P90: p50 * 2, P99: p50 * 4, Max: p50 * 20}},
				{Name: "POST /orders", Answered: 300, Failed: failed, Latency: load.Summary{P50: p50 * 3, P90: p50 * 4, P99: p50 * 6, Max: p50 * 9}},
			},
		}
		for i := range 30 {
			wave := p50 * (1 + float64(i%7)/10)
			r.Timeline = append(r.Timeline, load.Moment{Second: float64(i) / 10, Answered: 100, P50: wave, P99: wave * 4, Max: wave * 9})
		}
		if failed > 0 {
			r.Failures = []load.Failure{{Second: 1.5, Request: "POST /orders", Problem: `status 502 instead of 201: "<html>"`}}
		}
		return r
	}
	ours := result.Target{Name: "ours", Version: "v1.2.3", Rounds: []*load.Result{res(900, 120, 0), res(880, 125, 0), res(910, 118, 0)}}
	bare := result.Target{Name: "bare", Rounds: []*load.Result{res(1000, 100, 0), res(990, 101, 0), res(1010, 99, 0)}}
	return &result.Session{
		Title: "every section & every chart", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Commit: "0123456789abcdef",
		Machine: result.Machine{CPU: "Example CPU", Cores: 2, OS: "linux/amd64", Kernel: "6.1.0", Go: "go1.26.0"},
		Notes:   []string{"left out nginx: not on this machine"},
		Runs:    []result.Run{{Target: "ours", Version: "v1.2.3", Load: res(950, 110, 2)}},
		Ladder: &load.Ladder{Bound: "p99 ≤ 10ms", Highest: 4000, Steps: []load.Step{
			{Rate: 1000, Throughput: 1000, Latency: load.Summary{P50: 90, P99: 300, Max: 900}},
			{Rate: 2000, Throughput: 2000, Latency: load.Summary{P50: 95, P99: 500, Max: 1900}},
			{Rate: 8000, Throughput: 5100, Latency: load.Summary{P50: 9e4, P99: 4e5, Max: 9e5}, Broke: "answered 5100/s"},
			{Rate: 4000, Throughput: 3990, Latency: load.Summary{P50: 120, P99: 4000, Max: 9000}},
		}},
		Compare: result.NewComparison([]result.Target{bare, ours}),
		Cells: []result.Cell{
			{Axis: "routes", Size: 10, Asks: "one", Deploy: 0.04, Memory: 30 << 20, Throughput: 50_000, P50: 500, P99: 1500},
			{Axis: "routes", Size: 10, Asks: "all", Deploy: 0.04, Memory: 30 << 20, Throughput: 49_000, P50: 510, P99: 1600},
			{Axis: "routes", Size: 100_000, Asks: "one", Deploy: 9.5, Memory: 300 << 20, Throughput: 48_000, P50: 520, P99: 1800},
			{Axis: "routes", Size: 100_000, Asks: "all", Deploy: 9.5, Memory: 310 << 20, Throughput: 41_000,
				Ratio: &result.Spread{Min: 0.8, Median: 0.82, Max: 0.85}, First: 1234, P50: 620, P99: 2800},
		},
		Calls: []result.Call{{Kind: "warm", Count: 100, Median: 20, Min: 15, Max: 400}},
		Steps: []result.Step{{Name: "call", Count: 1000, Mean: 4.5}, {Name: "run", Count: 1000, Mean: 4.1}},
	}
}

func TestText_andPage_areAsReviewed(t *testing.T) {
	for _, c := range []struct {
		file  string
		write func(*bytes.Buffer) error
	}{
		{"everything.txt", func(b *bytes.Buffer) error { return Text(b, everything()) }},
		{"everything.html", func(b *bytes.Buffer) error { return Page(b, everything()) }},
	} {
		var got bytes.Buffer
		if err := c.write(&got); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", c.file)
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s differs from what was reviewed; -update rewrites it\n%s", c.file, got.String())
		}
	}
}

func TestPage_needsNothingElse(t *testing.T) {
	var b bytes.Buffer
	if err := Page(&b, everything()); err != nil {
		t.Fatal(err)
	}
	for _, outside := range []string{"<script", "http:", "https:", "url(", "@import", "src=", "<link"} {
		if strings.Contains(b.String(), outside) {
			t.Errorf("the page has %q", outside)
		}
	}
	if !strings.Contains(b.String(), "GET /&lt;list&gt;") || strings.Contains(b.String(), "<list>") {
		t.Error("what servers say is not escaped")
	}
}

func TestPage_ofNothingIsAPage(t *testing.T) {
	var b bytes.Buffer
	if err := Page(&b, &result.Session{Title: "nothing"}); err != nil || !strings.Contains(b.String(), "</html>") {
		t.Errorf("%v: %s", err, b.String())
	}
	b.Reset()
	if err := Text(&b, &result.Session{}); err != nil || b.Len() != 0 {
		t.Errorf("%v: %q", err, b.String())
	}
}

// browsers are the names of the browsers that can take a picture of a page.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// TestPage_showsInABrowser has a real browser draw the page, in light and in
// dark, and looks for the colours that only drawn lines have.
func TestPage_showsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	browser := ""
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skipf("none of %v is here", browsers)
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	var b bytes.Buffer
	if err := Page(&b, everything()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		scheme   string // as the browser counts them
		page, c1 [3]uint32
	}{
		{"1", [3]uint32{0xfb, 0xfb, 0xfa}, [3]uint32{0xd9, 0x73, 0x0d}},
		{"0", [3]uint32{0x14, 0x17, 0x1a}, [3]uint32{0xff, 0xa6, 0x57}},
	} {
		colours := picture(t, browser, page, filepath.Join(dir, c.scheme+".png"), "--blink-settings=preferredColorScheme="+c.scheme)
		if colours[c.page] < 100_000 {
			t.Errorf("scheme %s: %d dots have the page's colour", c.scheme, colours[c.page])
		}
		if colours[c.c1] < 300 {
			t.Errorf("scheme %s: %d dots have a line's colour", c.scheme, colours[c.c1])
		}
	}
}

// picture takes a picture of the page and counts its colours.
func picture(t *testing.T, browser, page, file, setting string) map[[3]uint32]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(filepath.Dir(file), "profile"), "--window-size=1200,3200", setting, "--screenshot="+file, "file://"+page).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	return colours
}

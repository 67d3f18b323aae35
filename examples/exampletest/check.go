package exampletest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Answer is what a server answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxAnswer is the most that is read of an answer's body.
const maxAnswer = 64 << 20

// Send sends the request to the server at baseURL.
func (c *Case) Send(ctx context.Context, client *http.Client, baseURL string) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, c.Method, strings.TrimSuffix(baseURL, "/")+c.Target, strings.NewReader(c.Body))
	if err != nil {
		return Answer{}, err
	}
	for _, f := range c.Header {
		if f.Name == "Host" {
			r.Host = f.Value
		} else {
			r.Header.Add(f.Name, f.Value)
		}
	}
	res, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer to %s %s: %w", c.Method, c.Target, err)
	}
	return Answer{res.StatusCode, res.Header, body}, nil
}

// Check returns what is wrong with an answer.
func (c *Case) Check(got Answer) []string {
	var complaints []string
	complain := func(format string, args ...any) {
		complaints = append(complaints, c.Method+" "+c.Target+": "+fmt.Sprintf(format, args...))
	}
	if got.Status != c.Status {
		complain("status = %d, want %d; body: %.200q", got.Status, c.Status, got.Body)
	}
	for _, f := range c.WantHeader {
		values := got.Header.Values(f.Name)
		if !slices.ContainsFunc(values, func(v string) bool { return matches(v, f.Value) }) {
			complain("%s = %q, want %q", f.Name, values, f.Value)
		}
	}
	if c.WantBody != nil {
		if text := checkBody(got.Body, c.WantBody); text != "" {
			complain("%s", text)
		}
	}
	return complaints
}

// checkBody says how a body differs from what was wanted, "" when it doesn't.
func checkBody(body []byte, want []string) string {
	if sum, ok := strings.CutPrefix(want[0], "binary sha256:"); ok && len(want) == 1 {
		got := sha256.Sum256(body)
		if hex.EncodeToString(got[:]) != sum {
			return fmt.Sprintf("body has %d bytes and sha256:%x, want sha256:%s", len(body), got, sum)
		}
		return ""
	}
	got := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	same := len(got) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = matches(got[i], want[i])
	}
	if !same {
		return fmt.Sprintf("body = %.1000q, want %.1000q", body, strings.Join(want, "\n"))
	}
	return ""
}

// matches compares with a text, or with a regular expression after "~ ".
func matches(got, want string) bool {
	pattern, ok := strings.CutPrefix(want, "~ ")
	if !ok {
		return got == want
	}
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return err == nil && re.MatchString(got)
}

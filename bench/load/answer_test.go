package load

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReader_findsTheEndOfEveryAnswer(t *testing.T) {
	for _, c := range []struct {
		name, method, text string
		status             int
		body               string
		closes             bool
	}{
		{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
		{"no reason", "GET", "HTTP/1.1 204\r\n\r\n", 204, "", false},
		{"length of a HEAD", "HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", 200, "", false},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", false},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n", 200, "hello!", false},
		{"until the end", "GET", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello", true},
		{"close", "GET", "HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 500, "", true},
		{"old", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", true},
		{"continue", "POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok", 201, "ok", false},
		{"large", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("x", 20000), 200, strings.Repeat("x", 20000), false},
	} {
		for _, from := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			in := reader{from: from}
			var a answer
			if err := in.read(&a, c.method); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if a.status != c.status || string(a.body) != c.body || a.closes != c.closes {
				t.Errorf("%s: %d, %s, closes %t, want %d, %s, %t", c.name, a.status, excerpt(a.body), a.closes, c.status, excerpt([]byte(c.body)), c.closes)
			}
			if in.r != in.w {
				t.Errorf("%s: %d bytes are left", c.name, in.w-in.r)
			}
		}
	}
}

func TestReader_readsAnswersThatArriveTogether(t *testing.T) {
	const one = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	in := reader{from: strings.NewReader(one + strings.Replace(one, "hello", "again", 1))}
	var a answer
	for _, want := range []string{"hello", "again"} {
		if err := in.read(&a, "GET"); err != nil || string(a.body) != want {
			t.Fatalf("body = %s, %v, want %s", a.body, err, want)
		}
	}
}

func TestReader_refusesWhatIsNoAnswer(t *testing.T) {
	for name, text := range map[string]string{
		"another protocol": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"no status":        "HTTP/1.1 abc OK\r\n\r\n",
		"two lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"length no number": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"huge":             "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
		"other encoding":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		"chunk no number":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"chunk too long":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
		"cut short":        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"endless header":   "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", maxHead) + "\r\n\r\n",
		"no colon":         "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
		"nothing":          "",
	} {
		in := reader{from: strings.NewReader(text)}
		if err := in.read(&answer{}, "GET"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzReader holds the reader against net/http: what both take must be the
// same, and nothing that net/http takes with a plain length may be refused.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.0 404 Not Found\r\n\r\nrest",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in := reader{from: bytes.NewReader(text)}
		var a answer
		err := in.read(&a, "GET")
		res, theirErr := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if theirErr != nil {
			return
		}
		body, theirErr := io.ReadAll(res.Body)
		_ = res.Body.Close()
		plain := theirErr == nil && res.StatusCode >= 200 && res.ContentLength >= 0 && isPlain(text, len(body))
		if err != nil {
			if plain {
				t.Fatalf("refused with %v what net/http takes", err)
			}
			return
		}
		if plain && (a.status != res.StatusCode || !bytes.Equal(a.body, body)) {
			t.Fatalf("got %d %q, net/http has %d %q", a.status, a.body, res.StatusCode, body)
		}
	})
}

// isPlain reports whether text is what servers write: one line a field, each
// with its colon, no folds, and an end.
func isPlain(text []byte, body int) bool {
	head, _, ok := bytes.Cut(text, []byte("\r\n\r\n"))
	if !ok || len(head) > maxHead/2 || bytes.Contains(bytes.ToLower(head), []byte("transfer-encoding")) {
		return false
	}
	lines := bytes.Split(head, []byte("\r\n"))
	if len(lines[0]) < 13 || lines[0][12] != ' ' || !bytes.HasPrefix(lines[0], []byte("HTTP/1.")) {
		return false
	}
	for _, line := range lines[1:] {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || bytes.ContainsAny(line, "\r\n") || bytes.ContainsAny(name, " \t") {
			return false
		}
		if bytes.EqualFold(name, []byte("Content-Length")) && string(bytes.TrimSpace(value)) != strconv.Itoa(body) {
			return false
		}
	}
	return !bytes.ContainsAny(lines[0], "\r\n")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/admin"
)

// maxAnswer bounds the answers that the client reads into memory.
const maxAnswer = 64 << 20

// client talks to the admin API of a server.
type client struct {
	base  string // "http://127.0.0.1:8081", without a slash at the end
	token string
	http  *http.Client
}

func newClient(base, token string) *client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		IdleConnTimeout:       time.Minute,
		ExpectContinueTimeout: 5 * time.Second, // a refused upload is not sent
	}
	return &client{base: base, token: token, http: &http.Client{Transport: transport}}
}

// refusedError is an answer of the server that is not a success.
type refusedError struct {
	status    int
	requestID string
	fault     *fault.Error
}

// Error says what the server said, and what to do about it.
func (e *refusedError) Error() string {
	text := fmt.Sprintf("%s (%s, request %s)", e.fault.Message, e.fault.Code, e.requestID)
	if e.fault.Hint != "" {
		text += "\n  hint: " + e.fault.Hint
	}
	return text
}

// Is compares codes, as faults do.
func (e *refusedError) Is(target error) bool { return e.fault.Is(target) }

// send sends a request and returns a successful answer, whose body the caller
// closes. Any other answer becomes a *refusedError.
func (c *client) send(req *http.Request) (*http.Response, error) {
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", "postern/"+version())
	res, err := c.http.Do(req)
	if err != nil {
		if ctxErr := req.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("no answer from the admin API at %s: %w\n  hint: `postern serve` starts a server; --admin says where it is", c.base, err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, readRefusal(res)
}

// readRefusal turns an answer into an error, also one of another server that
// doesn't speak this API.
func readRefusal(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	var refusal admin.Refusal
	if json.Unmarshal(text, &refusal) != nil || refusal.Error.Code == "" {
		return fmt.Errorf("the answer %s is not of Postern's admin API\n  hint: --admin takes the address of the admin API, not of the functions", res.Status)
	}
	f := fault.New(refusal.Error.Code, "%s", refusal.Error.Message)
	f.Hint = refusal.Error.Hint
	return &refusedError{status: res.StatusCode, requestID: refusal.Error.RequestID, fault: f}
}

// request makes a request whose path is made of escaped elements.
func (c *client) request(ctx context.Context, method string, query url.Values, body io.Reader, elements ...string) (*http.Request, error) {
	var target strings.Builder
	target.WriteString(c.base + "/v1")
	for _, element := range elements {
		target.WriteString("/" + url.PathEscape(element))
	}
	if len(query) > 0 {
		target.WriteString("?" + query.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("the address %s of the admin API: %w", c.base, err)
	}
	return req, nil
}

// get reads the JSON at a path into answer.
func (c *client) get(ctx context.Context, answer any, query url.Values, elements ...string) error {
	req, err := c.request(ctx, http.MethodGet, query, nil, elements...)
	if err != nil {
		return err
	}
	return c.exchange(req, answer)
}

// post sends JSON to a path and reads the JSON that it answers.
func (c *client) post(ctx context.Context, answer any, body []byte, elements ...string) error {
	req, err := c.request(ctx, http.MethodPost, nil, bytes.NewReader(body), elements...)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return c.exchange(req, answer)
}

// exchange sends a request and reads its answer; nil for none.
func (c *client) exchange(req *http.Request, answer any) error {
	res, err := c.send(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("read answer of %s: %w", req.URL.Path, err)
	}
	return nil
}

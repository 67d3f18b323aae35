package dialecttest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/dialect"
)

// parseRoute reads the section of a case that describes its route.
func parseRoute(text string) (dialect.Route, error) {
	r := dialect.Route{App: "app", Function: "function", Path: "/"}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if key == "" {
			continue
		}
		if err := setRoute(&r, key, value); err != nil {
			return r, fmt.Errorf("route: %s: %w", key, err)
		}
	}
	return r, nil
}

func setRoute(r *dialect.Route, key, value string) (err error) {
	switch key {
	case "app":
		r.App = value
	case "function":
		r.Function = value
	case "path":
		r.Path = value
	case "method":
		r.Method = value
	case "stage":
		r.Stage = value
	case "service":
		r.ServiceID = value
	case "payload":
		r.Payload = value
	case "integrated":
		r.Integrated = true
	case "canonical":
		r.Canonical = true
	case "authenticated":
		r.Authenticated = true
	case "base64":
		r.Base64 = true
	case "max-event":
		r.MaxEvent, err = strconv.Atoi(value)
	case "max-reply":
		r.MaxReply, err = strconv.Atoi(value)
	case "timeout":
		r.Timeout, err = strconv.Atoi(value)
	case "declare":
		err = declare(r, value)
	case "rule":
		words := strings.Fields(value)
		if len(words) < 2 {
			return fmt.Errorf("it needs a header and values")
		}
		r.Base64Rules = append(r.Base64Rules, dialect.Base64Rule{Header: words[0], Values: words[1:]})
	default:
		err = fmt.Errorf("a route has no such key")
	}
	return err
}

// declare reads "QUERY name required" or "QUERY name default=value".
func declare(r *dialect.Route, value string) error {
	place, rest, _ := strings.Cut(value, " ")
	name, more, _ := strings.Cut(rest, " ")
	p := dialect.Param{In: dialect.In(place), Name: name}
	if p.In != dialect.InPath && p.In != dialect.InQuery && p.In != dialect.InHeader || name == "" {
		return fmt.Errorf("it needs PATH, QUERY or HEADER and a name")
	}
	switch value, ok := strings.CutPrefix(more, "default="); {
	case ok:
		p.Default = value
	case more == "required":
		p.Required = true
	case more != "":
		return fmt.Errorf("neither required nor default=value: %s", more)
	}
	r.Declared = append(r.Declared, p)
	return nil
}

// parseRequest reads a request as case files write it.
func parseRequest(text []byte) (*abi.Request, error) {
	head, body, _ := bytes.Cut(text, []byte("\n\n"))
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	words := strings.Split(string(bytes.TrimSpace(first)), " ")
	if len(words) < 2 || len(words) > 3 {
		return nil, fmt.Errorf("request: the first line needs a method and a target")
	}
	path, query, _ := strings.Cut(words[1], "?")
	req := &abi.Request{
		ID:       "00112233445566778899aabbccddeeff",
		Method:   unescape([]byte(words[0])),
		Scheme:   "http",
		RawPath:  unescape([]byte(path)),
		Query:    unescape([]byte(query)),
		ClientIP: "192.0.2.1",
		Received: time.UnixMilli(0).UTC(),
	}
	req.Path = req.RawPath
	if body = unescape(trimNewline(body)); len(body) > 0 {
		req.Body = body
	}
	for line := range bytes.Lines(rest) {
		name, value, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(":"))
		if !ok {
			return nil, fmt.Errorf("request: no colon in %q", line)
		}
		value = unescape(bytes.TrimSpace(value))
		if name, ok := bytes.CutPrefix(name, []byte("@")); ok {
			if err := setRequest(req, string(name), string(value)); err != nil {
				return nil, fmt.Errorf("request: @%s: %w", name, err)
			}
			continue
		}
		field := abi.Field{Name: unescape(name), Value: value}
		if abi.EqualFold(field.Name, "host") {
			req.Host = value
		}
		req.Header = append(req.Header, field)
	}
	return req, nil
}

func setRequest(req *abi.Request, key, value string) (err error) {
	switch key {
	case "id":
		req.ID = value
	case "ip":
		req.ClientIP = value
	case "scheme":
		req.Scheme = value
	case "secret":
		req.Identity.SecretID = value
	case "received":
		req.Received, err = time.Parse(time.RFC3339Nano, value)
	case "raw-path":
		req.RawPath = []byte(value)
	case "param":
		name, value, _ := strings.Cut(value, "=")
		req.Params = append(req.Params, abi.Param{Name: name, Value: []byte(value)})
	default:
		err = fmt.Errorf("a request has no such property")
	}
	return err
}

// unescape returns text with each \xNN as its byte.
func unescape(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) && text[i+1] == 'x' {
			if n, err := strconv.ParseUint(string(text[i+2:i+4]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

package route

import (
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// Limits of a pattern and of the paths that are looked up.
const (
	MaxPattern   = 2048 // bytes of a pattern
	MaxVariables = 8    // variables of a template
	MaxSegments  = 255  // segments of a path or template
)

// ParseSCF parses a path in the syntax of scf: "=/user" is exact, "^~/user" a
// prefix, "/user/{id}" a template with greedy variables, and plain "/user"
// serves every path that begins so. "{id+}" goes to the end of the path. An
// error is a fault.BadManifest.
func ParseSCF(path string) (Pattern, error) {
	if rest, ok := strings.CutPrefix(path, "="); ok {
		return parseLiteral(path, Exact, rest)
	}
	if rest, ok := strings.CutPrefix(path, "^~"); ok {
		return parseLiteral(path, Prefix, rest)
	}
	if strings.ContainsAny(path, "{}") {
		return parseTemplate(path, tokenGreedy)
	}
	return parseLiteral(path, Loose, path)
}

// ParseLambda parses a path in the syntax of lambda: "/user" is exact, "{id}"
// takes one segment, "{id+}" all to the end of the path, and "$default" serves
// what nothing else does. An error is a fault.BadManifest.
func ParseLambda(path string) (Pattern, error) {
	if path == "$default" {
		return Pattern{kind: Loose, text: path, literal: "/"}, nil
	}
	if strings.ContainsAny(path, "{}") {
		return parseTemplate(path, tokenOne)
	}
	return parseLiteral(path, Exact, path)
}

func parseLiteral(text string, kind Kind, path string) (Pattern, error) {
	if strings.ContainsAny(path, "{}") {
		return Pattern{}, bad(text, "%s path has no variables; a brace is written %%7B or %%7D", article(kind))
	}
	if err := checkSize(text, path); err != nil {
		return Pattern{}, err
	}
	literal, err := canonical(text, path)
	if err != nil {
		return Pattern{}, err
	}
	return Pattern{kind: kind, text: text, literal: literal}, nil
}

func article(kind Kind) string {
	if kind == Exact {
		return "an exact"
	}
	return "a " + kind.String()
}

func parseTemplate(text string, plain tokenKind) (Pattern, error) {
	if err := checkSize(text, text); err != nil {
		return Pattern{}, err
	}
	segments := strings.Split(text[1:], "/")
	p := Pattern{kind: Template, text: text, tokens: make([]token, 0, len(segments))}
	names := map[string]int{}
	for i, segment := range segments {
		t, err := parseToken(text, segment, plain)
		if err != nil {
			return Pattern{}, err
		}
		if t.kind == tokenRest && i < len(segments)-1 {
			return Pattern{}, bad(text, "{%s+} goes to the end of the path, nothing may follow it", t.text)
		}
		if t.kind != tokenLiteral {
			if names[t.text]++; names[t.text] > 1 {
				return Pattern{}, bad(text, "there are two variables {%s}", t.text)
			}
		}
		p.tokens = append(p.tokens, t)
	}
	if len(names) > MaxVariables {
		return Pattern{}, bad(text, "there are %d variables, at most %d are allowed", len(names), MaxVariables)
	}
	return p, nil
}

func parseToken(text, segment string, plain tokenKind) (token, error) {
	if !strings.ContainsAny(segment, "{}") {
		literal, err := canonical(text, "/"+segment)
		if err != nil {
			return token{}, err
		}
		return token{tokenLiteral, literal[1:]}, nil
	}
	name, opened := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed || strings.ContainsAny(name, "{}") {
		return token{}, bad(text, "%q is not a variable: a variable is a whole segment, written {name} or {name+}", segment)
	}
	kind := plain
	if rest, ok := strings.CutSuffix(name, "+"); ok {
		name, kind = rest, tokenRest
	}
	if !validName(name) {
		return token{}, bad(text, "%q is not a variable: its name is 1 to 64 letters, digits, '_', '-' or '.'", segment)
	}
	return token{kind, name}, nil
}

func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !isLetter(c) && !isDigit(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 64
}

// checkSize makes sure that path begins with '/' and keeps the limits.
func checkSize(text, path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return bad(text, "it must begin with '/'")
	case len(text) > MaxPattern:
		return fault.New(fault.BadManifest, "a path of %d bytes is too long, at most %d are allowed", len(text), MaxPattern)
	case strings.Count(path, "/") > MaxSegments:
		return fault.New(fault.BadManifest, "a path of %d segments is too long, at most %d are allowed",
			strings.Count(path, "/"), MaxSegments)
	}
	return nil
}

func canonical(text, path string) (string, error) {
	out, err := AppendCanonical(nil, []byte(path))
	if err != nil {
		return "", bad(text, "%s", fault.Of(err).Message)
	}
	return string(out), nil
}

func bad(text, format string, args ...any) error {
	f := fault.New(fault.BadManifest, format, args...)
	f.Message = "path " + quote(text) + ": " + f.Message
	return f
}

package target

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ErrAbsent is wrapped by the errors of targets that this machine doesn't have.
var ErrAbsent = errors.New("not on this machine")

// Spec names a target. See the package comment for what can be written.
type Spec struct {
	Name, Kind, Argument string
}

// kinds says which kinds there are and whether each takes an argument.
var kinds = map[string]argument{
	"postern": none, "bare": none, "nethttp": none, "node": none, "workerd": none, "nginx": none,
	"app": needed, "function": needed, "binary": needed, "url": needed, "cmd": needed,
}

type argument bool

const (
	none   argument = false
	needed argument = true
)

// Parse reads a specification.
func Parse(text string) (Spec, error) {
	name, rest, named := strings.Cut(text, "=")
	if !named {
		rest = text
	}
	kind, arg, hasArgument := strings.Cut(rest, ":")
	s := Spec{Name: name, Kind: kind, Argument: arg}
	takes, known := kinds[kind]
	switch {
	case name == "":
		return s, fmt.Errorf("the target %q has no name", text)
	case !known:
		return s, fmt.Errorf("the target %q has an unknown kind %q", text, kind)
	case bool(takes) != hasArgument || bool(takes) != (arg != ""):
		return s, fmt.Errorf("the target %q: %s takes %s", text, kind, map[argument]string{none: "no argument", needed: "an argument, as in NAME=" + kind + ":ARGUMENT"}[takes])
	}
	return s, nil
}

// Options says what the targets of a run have in common.
type Options struct {
	Program  string        // this program, which can be the server and native twins
	App      string        // folder of the app that this program serves
	Twin     Twin          // what native twins do
	Dir      string        // for files of the targets; removed by whoever made it
	Patience time.Duration // until a target must be ready
	Config   string        // more of the server's configuration, TOML; "" for none
}

// Twin says what native twins answer.
type Twin struct {
	Kind string // "hello" or "echo"
	Type string // of the content
	Body string // of the answer to every request; echo has none
}

// Start starts the target and waits until it takes connections. An error wraps
// [ErrAbsent] when it can't be started because this machine doesn't have it.
func (s Spec) Start(ctx context.Context, o *Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	server, err := s.start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	server.Name = s.Name
	return server, nil
}

func (s Spec) start(ctx context.Context, o *Options) (*Server, error) {
	switch s.Kind {
	case "postern":
		return startPostern(ctx, o, o.Program, o.App)
	case "app":
		return startPostern(ctx, o, o.Program, s.Argument)
	case "binary":
		return startPostern(ctx, o, s.Argument, o.App)
	case "function":
		return startFunction(ctx, o, s.Argument)
	case "bare":
		return startTwin(ctx, o, "fasthttp")
	case "nethttp":
		return startTwin(ctx, o, "net/http")
	case "node":
		return startNode(ctx, o)
	case "workerd":
		return startWorkerd(ctx, o)
	case "nginx":
		return startNginx(ctx, o)
	case "cmd":
		return startCommand(ctx, o, s.Argument)
	}
	base, err := url.Parse(s.Argument)
	if err != nil {
		return nil, err
	}
	return &Server{URL: base}, nil
}

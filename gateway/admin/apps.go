package admin

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/gateway/deploy"
)

// maxOrder bounds the JSON body of a rollback.
const maxOrder = 4 << 10

// AppList is the answer of GET /v1/apps.
type AppList struct {
	Apps []deploy.App `json:"apps"`
}

// VersionList is the answer of GET /v1/apps/{app}/versions.
type VersionList struct {
	Versions []deploy.Version `json:"versions"`
}

// RollbackOrder is the body of POST /v1/apps/{app}/rollback. It may be absent.
type RollbackOrder struct {
	Version string `json:"version,omitempty"` // empty: the one before
}

func (s *Server) deploy(x *exchange) error {
	if s.draining.Load() {
		return errDraining()
	}
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		return fault.New(fault.Busy, "%d uploads are under way", cap(s.uploads)).WithHint("try again in a moment")
	}
	bundle, release, err := s.receive(x)
	defer release()
	if err != nil {
		return fmt.Errorf("receive bundle: %w", err)
	}
	report, err := s.options.Apps.Deploy(s.ctx, bundle)
	if err != nil {
		return fmt.Errorf("deploy: %w", err)
	}
	return x.reply(http.StatusOK, report)
}

func (s *Server) listApps(x *exchange) error {
	return x.reply(http.StatusOK, AppList{Apps: listed(s.options.Apps.Apps())})
}

func (s *Server) getApp(x *exchange) error {
	app, err := s.findApp(x.params["app"])
	if err != nil {
		return err
	}
	return x.reply(http.StatusOK, app)
}

func (s *Server) deleteApp(x *exchange) error {
	if err := s.options.Apps.Delete(s.ctx, x.params["app"]); err != nil {
		return fmt.Errorf("delete %s: %w", x.params["app"], err)
	}
	x.rc.SetStatusCode(http.StatusNoContent)
	return nil
}

func (s *Server) listVersions(x *exchange) error {
	versions, err := s.options.Apps.Versions(s.ctx, x.params["app"])
	if err != nil {
		return fmt.Errorf("list versions of %s: %w", x.params["app"], err)
	}
	return x.reply(http.StatusOK, VersionList{Versions: listed(versions)})
}

func (s *Server) rollback(x *exchange) error {
	text, err := x.body.readAll(maxOrder)
	if err != nil {
		return err
	}
	var order RollbackOrder
	if len(text) > 0 {
		if err := json.Unmarshal(text, &order); err != nil {
			return fault.Wrap(fault.Invalid, err, "the body is not JSON of the form {\"version\":\"…\"}")
		}
	}
	if s.draining.Load() {
		return errDraining()
	}
	report, err := s.options.Apps.Rollback(s.ctx, x.params["app"], order.Version)
	if err != nil {
		return fmt.Errorf("roll back %s: %w", x.params["app"], err)
	}
	return x.reply(http.StatusOK, report)
}

// findApp returns an app in service.
func (s *Server) findApp(name string) (deploy.App, error) {
	for _, app := range s.options.Apps.Apps() {
		if app.Name == name {
			return app, nil
		}
	}
	return deploy.App{}, fault.New(fault.NotFound, "there is no app %q", name).WithHint("GET /v1/apps lists the apps in service")
}

// listed keeps an empty list from becoming null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func errDraining() error {
	return fault.New(fault.Unavailable, "the server is shutting down")
}

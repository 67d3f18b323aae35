package admin

import (
	"context"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/gateway/deploy"
	"github.com/postern-dev/postern/gateway/linger"
	"github.com/postern-dev/postern/runtime/journal"
)

// Apps is what the admin API does with apps. Every method may be called
// concurrently; a failure that an operator can mend carries a fault.
type Apps interface {
	// Deploy checks the bundle whole and puts it into service.
	Deploy(ctx context.Context, b *deploy.Bundle) (*deploy.Report, error)
	// Rollback puts an older version into service; "" means the one before.
	Rollback(ctx context.Context, app, version string) (*deploy.Report, error)
	// Delete takes an app out of service for good.
	Delete(ctx context.Context, app string) error
	// Apps lists what is in service.
	Apps() []deploy.App
	// Versions lists the versions of an app, the newest first.
	Versions(ctx context.Context, app string) ([]deploy.Version, error)
	// Functions lists the functions of the version in service.
	Functions(app string) ([]deploy.Function, error)
	// Routes lists the routes of an app, of all apps for "".
	Routes(app string) ([]deploy.Route, error)
	// Explain says which route a request takes.
	Explain(method, url string) (*deploy.Explanation, error)
	// Invoke calls a function with an event and waits for its reply.
	Invoke(ctx context.Context, app, function string, event []byte) (*deploy.Invocation, error)
}

// Limits bound what one client can make the server do. All are taken as they
// are: zero means zero.
type Limits struct {
	MaxUpload    int64 // bytes of one upload as sent
	MaxModule    int64 // bytes of one file of a bundle, unpacked
	MaxUnpacked  int64 // bytes of a bundle, unpacked
	MaxFiles     int   // files in a bundle
	MaxEvent     int64 // bytes of the event of an invocation
	MaxUploads   int   // uploads at a time; one more is answered busy
	MaxFollowers int   // streams of log lines at a time
	MaxConns     int   // connections at a time

	ReadWait   time.Duration // for a request's header and small bodies
	WriteWait  time.Duration // for writing an answer, or one piece of a stream
	IdleWait   time.Duration // for the next request on a connection
	UploadRate int64         // bytes per second that an upload has to keep up after ReadWait
	Heartbeat  time.Duration // between comments on a silent stream
	Linger     linger.Options
}

// DefaultLimits returns limits that suit a machine with a few GiB of memory.
func DefaultLimits() Limits {
	return Limits{
		MaxUpload:    128 << 20,
		MaxModule:    64 << 20,
		MaxUnpacked:  256 << 20,
		MaxFiles:     1000,
		MaxEvent:     6 << 20,
		MaxUploads:   4,
		MaxFollowers: 64,
		MaxConns:     512,
		ReadWait:     30 * time.Second,
		WriteWait:    30 * time.Second,
		IdleWait:     time.Minute,
		Linger:       linger.Default(),
		UploadRate:   16 << 10,
		Heartbeat:    15 * time.Second,
	}
}

// Options are what a Server is made of. None of the functions may be nil.
type Options struct {
	Token   string            // the bearer token; see OpenToken
	Spool   string            // a folder for uploads; nobody else may use it
	Version string            // of this program
	Limits  Limits            // see DefaultLimits
	Apps    Apps              // what is in service
	Journal *journal.Journal  // what functions printed
	Metrics func(w io.Writer) // writes all metrics in the Prometheus format
	Ready   func() error      // nil when traffic may come
	Log     zerolog.Logger    // one line per request
}

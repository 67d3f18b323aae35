package config

import (
	_ "embed" // the sample
	"net/netip"
	"time"

	"github.com/postern-dev/postern/abi/fault"
)

// ServerName is the name of the configuration's file in messages.
const ServerName = "server.toml"

//go:embed server.toml
var sample string

// Sample returns a complete configuration with comments. Its values are the
// defaults.
func Sample() string { return sample }

// Server is the configuration of a server. The sample says what each value is
// for.
type Server struct {
	Gateway Gateway
	Admin   Admin
	Data    Data
	Engine  Engine
	Log     Log
	Journal Journal
}

// Gateway is the section [gateway]: the listener for clients.
type Gateway struct {
	Listen                   string // address:port
	MaxBody                  uint64 // bytes of a request's body
	MaxHeader                uint64 // bytes of a request's line and header
	ReadTimeout              time.Duration
	WriteTimeout             time.Duration
	IdleTimeout              time.Duration
	MaxConnections           int
	MaxConnectionsPerIP      int            // 0: no limit
	MaxRequestsPerConnection int            // 0: no limit
	Drain                    time.Duration  // what calls in flight have at the end
	TrustedProxies           []netip.Prefix // whose X-Forwarded headers count
}

// Admin is the section [admin]: the listener for operators.
type Admin struct {
	Listen      string // address:port
	MaxUpload   uint64 // bytes of a bundle as sent
	MaxUnpacked uint64 // bytes of a bundle's files together
	MaxModule   uint64 // bytes of one module
	MaxFiles    int    // files of a bundle
}

// Data is the section [data].
type Data struct {
	Dir string // folder of all state
}

// Engine is the section [engine].
type Engine struct {
	Compilers int           // modules compiled at once; 0: half of the cores
	Memory    uint64        // bytes of linear memory of all instances together; 0: half of the machine's
	MaxMemory uint64        // bytes that one function may ask for
	Instances int           // of all functions together; 0: as many as the system has room for
	Idle      time.Duration // after which an unused instance is closed
	Code      uint64        // bytes of native code and images of all functions together
	CodeIdle  time.Duration // after which an unused function is unloaded; 0: never
	Cache     string        // folder of compiled modules, inside the data folder; "": none
}

// Log is the section [log].
type Log struct {
	Level        string // "debug", "info", "warn" or "error"
	Format       string // "json" or "text"
	Access       bool   // whether requests are logged
	AccessSample int    // one in so many of the requests with status 2xx and 3xx
}

// Journal is the section [journal].
type Journal struct {
	Lines int // kept per app
}

// Default returns the configuration of a server that has no file.
func Default() Server {
	return Server{
		Gateway: Gateway{
			Listen:                   "127.0.0.1:8080",
			MaxBody:                  16 << 20,
			MaxHeader:                64 << 10,
			ReadTimeout:              time.Minute,
			WriteTimeout:             time.Minute,
			IdleTimeout:              time.Minute,
			MaxConnections:           16_384,
			MaxConnectionsPerIP:      1024,
			MaxRequestsPerConnection: 0,
			Drain:                    30 * time.Second,
		},
		Admin: Admin{
			Listen:      "127.0.0.1:8081",
			MaxUpload:   256 << 20,
			MaxUnpacked: 512 << 20,
			MaxModule:   64 << 20,
			MaxFiles:    1000,
		},
		Data: Data{Dir: "postern-data"},
		Engine: Engine{
			Compilers: 0,
			Memory:    0,
			MaxMemory: 1 << 30,
			Instances: 0,
			Idle:      5 * time.Minute,
			Code:      1 << 30,
			CodeIdle:  time.Hour,
			Cache:     "cache",
		},
		Log:     Log{Level: "info", Format: "json", Access: true, AccessSample: 1},
		Journal: Journal{Lines: 1000},
	}
}

// ReadServer reads the configuration of a server; what the file leaves out
// stays as in Default. An error is a *Complaints and wraps a fault.Invalid with
// the same text.
func ReadServer(text []byte) (Server, error) {
	r, top := open(ServerName, fault.Invalid, text)
	if err := r.err(); err != nil {
		return Server{}, err
	}
	c := readSections(top)
	if err := r.err(); err != nil {
		return Server{}, err
	}
	return c, nil
}

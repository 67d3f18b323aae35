package config

import (
	"io/fs"
	"net"
	"net/netip"
	"path"
	"strconv"
	"time"
)

// Bounds of a server's values; those that protect nothing are only there to
// catch a wrong unit.
const (
	maxBytes   = 1 << 40
	maxCount   = 10_000_000
	maxTimeout = 24 * time.Hour
)

func readSections(top *table) Server {
	c := Default()
	readGateway(top.sub("gateway"), &c.Gateway)
	readAdmin(top.sub("admin"), &c.Admin)
	readData(top.sub("data"), &c.Data)
	readEngine(top.sub("engine"), &c.Engine)
	readLog(top.sub("log"), &c.Log)
	journal := top.sub("journal")
	journal.integer("lines", &c.Journal.Lines, 0, maxCount)
	journal.close()
	top.close()
	return c
}

func readGateway(t *table, g *Gateway) {
	readListen(t, &g.Listen)
	t.size("max_body", &g.MaxBody, 0, 1<<30)
	t.size("max_header", &g.MaxHeader, 1<<10, 16<<20)
	t.duration("read_timeout", &g.ReadTimeout, minTime, maxTimeout)
	t.duration("write_timeout", &g.WriteTimeout, minTime, maxTimeout)
	t.duration("idle_timeout", &g.IdleTimeout, minTime, maxTimeout)
	t.integer("max_connections", &g.MaxConnections, 1, maxCount)
	t.integer("max_connections_per_ip", &g.MaxConnectionsPerIP, 0, maxCount)
	t.integer("max_requests_per_connection", &g.MaxRequestsPerConnection, 0, maxCount)
	t.duration("drain", &g.Drain, 0, maxTimeout)
	proxies, _ := t.list("trusted_proxies")
	for i, s := range proxies {
		p, err := parseNet(s)
		if err != nil {
			t.r.complain(element(t.at("trusted_proxies"), i), `%q must be an address or a network, like "10.0.0.0/8"`, s)
			continue
		}
		g.TrustedProxies = append(g.TrustedProxies, p)
	}
	t.close()
}

// parseNet reads a network, or an address as the network of itself.
func parseNet(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func readListen(t *table, listen *string) {
	if !t.str("listen", listen) {
		return
	}
	_, port, err := net.SplitHostPort(*listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		t.complain("listen", `%q must be an address and a port, like "127.0.0.1:8080"`, *listen)
	}
}

func readAdmin(t *table, a *Admin) {
	readListen(t, &a.Listen)
	t.size("max_upload", &a.MaxUpload, 1<<10, maxBytes)
	t.size("max_unpacked", &a.MaxUnpacked, 1<<10, maxBytes)
	t.size("max_module", &a.MaxModule, 1<<10, maxMemory)
	t.integer("max_files", &a.MaxFiles, 2, maxCount)
	if a.MaxModule > a.MaxUnpacked {
		t.complain("max_module", "%s is more than max_unpacked, %s", formatSize(a.MaxModule), formatSize(a.MaxUnpacked))
	}
	t.close()
}

func readData(t *table, d *Data) {
	if t.str("dir", &d.Dir) && d.Dir == "" {
		t.complain("dir", "must name a folder")
	}
	t.close()
}

func readEngine(t *table, e *Engine) {
	t.integer("compilers", &e.Compilers, 0, 1024)
	if t.size("memory", &e.Memory, 0, maxBytes) && e.Memory > 0 && e.Memory < minMemory {
		t.complain("memory", "%s must be 0 or at least %s", formatSize(e.Memory), formatSize(minMemory))
	}
	t.size("max_memory", &e.MaxMemory, minMemory, maxMemory)
	if e.Memory > 0 && e.MaxMemory > e.Memory {
		t.complain("max_memory", "%s is more than memory, %s", formatSize(e.MaxMemory), formatSize(e.Memory))
	}
	t.integer("instances", &e.Instances, 0, maxCount)
	t.duration("idle", &e.Idle, minTime, maxTimeout)
	t.size("code", &e.Code, minMemory, maxBytes)
	t.duration("code_idle", &e.CodeIdle, 0, maxTimeout)
	if t.str("cache", &e.Cache) && e.Cache != "" {
		if e.Cache = path.Clean(e.Cache); !fs.ValidPath(e.Cache) || e.Cache == "." {
			t.complain("cache", `%q must be a folder inside the data folder, or "" for none`, e.Cache)
		}
	}
	t.close()
}

func readLog(t *table, l *Log) {
	t.oneOf("level", &l.Level, "debug", "info", "warn", "error")
	t.oneOf("format", &l.Format, "json", "text")
	t.boolean("access", &l.Access)
	t.integer("access_sample", &l.AccessSample, 1, maxCount)
	t.close()
}

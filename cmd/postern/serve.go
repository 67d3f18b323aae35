package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/gateway/config"
)

// serverFlags are the flags that serve and dev have in common.
type serverFlags struct {
	config, listen, admin, data string
}

func (f *serverFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "server configuration, a TOML file")
	cmd.Flags().StringVar(&f.listen, "listen", "", "address for clients (default 127.0.0.1:8080)")
	cmd.Flags().StringVar(&f.admin, "admin", "", "address of the admin API (default 127.0.0.1:8081)")
	cmd.Flags().StringVar(&f.data, "data", "", "data directory (default \"postern-data\")")
}

// read returns the configuration of the file, or the default, with the flags
// over it.
func (f *serverFlags) read() (config.Server, error) {
	conf := config.Default()
	if f.config != "" {
		text, err := os.ReadFile(f.config)
		if err != nil {
			return conf, err
		}
		read, err := config.ReadServer(text)
		if err != nil {
			return conf, fmt.Errorf("%s: %w", f.config, err)
		}
		conf = read
	}
	for _, o := range []struct {
		flag string
		key  *string
	}{{f.listen, &conf.Gateway.Listen}, {f.admin, &conf.Admin.Listen}, {f.data, &conf.Data.Dir}} {
		if o.flag != "" {
			*o.key = o.flag
		}
	}
	return conf, nil
}

func newServeCommand() *cobra.Command {
	var flags serverFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the apps of a data directory",
		Long: "Serve the apps of a data directory and take new ones through the admin API.\n" +
			"SIGTERM or an interrupt stops it: calls in flight finish first.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, &flags) },
	}
	flags.register(cmd)
	return cmd
}

func serve(cmd *cobra.Command, flags *serverFlags) (err error) {
	conf, err := flags.read()
	if err != nil {
		return err
	}
	log, err := openLog(cmd.ErrOrStderr(), conf.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.close()) }()
	n, err := startNode(cmd.Context(), conf, log)
	if err != nil {
		return err
	}
	n.announce()
	return n.run(cmd.Context())
}

// announce logs where the node listens.
func (n *node) announce() {
	n.log.Info().Str("listen", n.gatewayAddr).Str("admin", n.adminAddr).Str("data", n.conf.Data.Dir).
		Str("token_file", n.tokenPath).
		Int("apps", len(n.apps.Apps())).Msg("ready")
}
